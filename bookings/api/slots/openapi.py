"""The operations on a teacher's time."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import INVALID, TEACHER_MISSING, refusal
from bookings.api import examples
from bookings.api.slots.filters import FirstSlotsQuery, ScheduleQuery, SlotsQuery
from bookings.scheduling.reasons import Reason
from bookings.states import LIVE, Status


class SlotSerializer(serializers.Serializer[Any]):
    """A session that can be booked."""

    start_time = serializers.RegexField(r"^\d{2}:\d{2}$", help_text="In `timezone`.")
    end_time = serializers.RegexField(r"^\d{2}:\d{2}$")
    datetime_start = serializers.CharField(
        help_text="In `timezone`; a request for the session can send it as `start_time`. Without an offset, unless the "
        "clock shows this time twice and the second one is meant."
    )
    datetime_end = serializers.CharField()
    start = serializers.DateTimeField(help_text="UTC.")
    end = serializers.DateTimeField(help_text="UTC.")


class NotOfferedSerializer(SlotSerializer):
    """A session that cannot be booked, and the first reason why; nobody is named."""

    reason = serializers.ChoiceField([reason.value for reason in Reason])
    message = serializers.CharField(help_text="The reason as a sentence.")


class SlotsSerializer(serializers.Serializer[Any]):
    """The slots of one or more dates."""

    date = serializers.DateField()
    teacher_id = serializers.UUIDField()
    timezone = serializers.CharField(help_text="IANA name of the slots' time zone.")
    end_date = serializers.DateField(required=False, help_text="If it was sent.")
    available_slots = SlotSerializer(many=True)
    not_offered = NotOfferedSerializer(many=True, required=False, help_text="If `explain` was set.")


class FirstSlotSerializer(serializers.Serializer[Any]):
    """A teacher's first slot."""

    teacher_id = serializers.UUIDField()
    timezone = serializers.CharField(help_text="IANA name of the slot's time zone.")
    slot = SlotSerializer(allow_null=True, help_text="Null if nothing is free within 92 days.")


class FirstSlotsSerializer(serializers.Serializer[Any]):
    """First slots, in the order of the ids sent."""

    first_slots = FirstSlotSerializer(many=True)


class ScheduleEntrySerializer(serializers.Serializer[Any]):
    """A booking as anybody sees it; its id and its student are shown to the two parties and staff only."""

    booking_id = serializers.UUIDField(allow_null=True)
    start_time = serializers.DateTimeField(help_text="UTC.")
    end_time = serializers.DateTimeField(help_text="UTC.")
    status = serializers.ChoiceField([status.value for status in (*LIVE, Status.COMPLETED)])
    student__first_name = serializers.CharField(allow_null=True)
    student__last_name = serializers.CharField(allow_null=True)


class ScheduleSerializer(serializers.Serializer[Any]):
    """A teacher's live and completed bookings, in order."""

    teacher_id = serializers.UUIDField()
    start_date = serializers.DateField()
    end_date = serializers.DateField()
    bookings = ScheduleEntrySerializer(many=True)


class AvailableSlots(Documented):
    """Free time."""

    target_class = "bookings.api.slots.views.AvailableSlotsView"
    tag = "Slots"
    operations = {
        "get": operation(
            "listAvailableSlots",
            "When a teacher can be booked",
            "Times in the teacher's hours, at least the minimum notice ahead and inside the horizon, that are neither "
            "taken (with the teacher's buffer around each session) nor time off.",
            {
                200: SlotsSerializer,
                400: INVALID,
                404: refusal("No such teacher, or no such booking of the caller's.", not_found="Teacher not found"),
            },
            parameters=[SlotsQuery],
            examples=[OpenApiExample("A morning with a session at ten", examples.SLOTS, response_only=True)],
        )
    }


class FirstSlots(Documented):
    """Free time of several teachers."""

    target_class = "bookings.api.slots.views.FirstSlotsView"
    tag = "Slots"
    operations = {
        "get": operation(
            "listFirstSlots",
            "When several teachers can first be booked",
            "The first slot of each teacher within 92 days. Unknown ids are left out.",
            {200: FirstSlotsSerializer, 400: INVALID},
            parameters=[FirstSlotsQuery],
        )
    }


class Schedule(Documented):
    """Taken time."""

    target_class = "bookings.api.slots.views.ScheduleView"
    tag = "Slots"
    operations = {
        "get": operation(
            "getSchedule",
            "A teacher's schedule",
            "Live and completed bookings of these dates, ordered by start. Students' names are null for everybody but "
            "the teacher, staff, and the student.",
            {200: ScheduleSerializer, 400: INVALID, 404: TEACHER_MISSING},
            parameters=[ScheduleQuery],
            examples=[OpenApiExample("A week", examples.SCHEDULE, response_only=True)],
        )
    }
