"""What callers send and read. No rules here: a value that is well formed goes on to the services."""

import copy
import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from accounts.authentication.bearer import caller
from accounts.fields import (
    CharField,
    DateField,
    DateTimeField,
    IntegerField,
    ModelSerializer,
    TimeField,
    UUIDField,
)
from accounts.models import ONE_LINE, User
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Availability, Booking, Feedback, TimeOff
from bookings.scheduling.reasons import NotOffered
from bookings.scheduling.slots import Span
from bookings.states import Move, Status
from wall_clock import instants, zones


def utc(moment: dt.datetime) -> str:
    """`2025-01-15T09:00:00Z`."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _duration(**options: Any) -> IntegerField:
    return IntegerField(min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes.", **options)


def _whole_minute(moment: dt.datetime) -> None:
    if moment.second or moment.microsecond:
        raise serializers.ValidationError("Sessions start on a whole minute.")


class AvailabilitySerializer(ModelSerializer[Availability]):
    """Working hours. The rules are the model's; here they are asked before the write."""

    day_of_week = IntegerField(required=False, allow_null=True, min_value=0, max_value=6)
    start_time = TimeField()
    end_time = TimeField(help_text="00:00 is the midnight at the end of the day.")
    date = DateField(required=False, allow_null=True, default=None)

    class Meta:
        model = Availability
        fields = ["id", "teacher", "day_of_week", "start_time", "end_time", "is_recurring", "date"]
        read_only_fields = ["id", "teacher"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Asks the model whether the whole would be sound."""
        hours = copy.copy(self.instance) if self.instance else Availability()
        for name, value in attrs.items():
            setattr(hours, name, value)
        try:
            hours.clean()
            hours.validate_constraints(exclude={"teacher"})
        except DjangoValidationError as error:
            # What no single field is to blame for has a name of Django's own, which callers never see.
            details = {name.replace("__all__", "non_field_errors"): told for name, told in error.message_dict.items()}
            raise serializers.ValidationError(details) from error
        return attrs | {"day_of_week": hours.day_of_week}


class TimeOffSerializer(ModelSerializer[TimeOff]):
    """An absence. Times without an offset are read by the teacher's clock."""

    start_time = DateTimeField()
    end_time = DateTimeField()

    class Meta:
        model = TimeOff
        fields = ["id", "start_time", "end_time", "reason"]
        extra_kwargs = {"reason": {"validators": [ONE_LINE]}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Turns both ends into UTC, and asks the model whether they are in order."""
        zone = zones.load(caller(self.context["request"]).timezone)
        for name in ("start_time", "end_time"):
            if attrs[name].tzinfo is None:
                attrs[name] = _instant(attrs[name], zone, name)
        if attrs["end_time"] <= attrs["start_time"]:
            raise serializers.ValidationError({"end_time": "The end must be after the start."})
        return attrs


def _instant(wall: dt.datetime, zone: Any, field: str) -> dt.datetime:
    try:
        return instants.instant(wall, zone)
    except instants.SkippedTime as error:
        raise serializers.ValidationError({field: error.sentence}) from error


class BookingRequestSerializer(serializers.Serializer[Any]):
    """A student's request."""

    teacher_id = UUIDField()
    start_time = DateTimeField(
        validators=[_whole_minute], help_text="With an offset or Z; without one it is read by the teacher's clock."
    )
    duration = _duration(default=60)
    notes = CharField(max_length=2000, allow_blank=True, default="")


class CancelSerializer(serializers.Serializer[Any]):
    """Why the booking is called off."""

    reason = CharField(max_length=500, allow_blank=True, default="", validators=[ONE_LINE])


class RescheduleSerializer(serializers.Serializer[Any]):
    """The new time."""

    start_time = DateTimeField(validators=[_whole_minute])
    duration = _duration(required=False)


class BookingPatchSerializer(serializers.Serializer[Any]):
    """What can be changed in place: the notes by the student, or COMPLETED by the teacher."""

    notes = CharField(max_length=2000, allow_blank=True, required=False)
    status = serializers.ChoiceField(
        choices=[Status.COMPLETED.value],
        required=False,
        error_messages={"invalid_choice": "Only COMPLETED can be set here; other moves have their own addresses."},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Send either notes or status.")
        return attrs


class ZoomInfoSerializer(serializers.Serializer[Any]):
    """The meeting, as both parties see it."""

    meeting_id = serializers.CharField(allow_null=True)
    join_url = serializers.URLField(allow_null=True)
    has_meeting = serializers.BooleanField()


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """A booking as its parties read it. The context holds `user` and `now`, for which `can_…` answer."""

    student_name = serializers.CharField(read_only=True)
    teacher_name = serializers.CharField(read_only=True)
    can_cancel = serializers.BooleanField(read_only=True)
    can_reschedule = serializers.BooleanField(read_only=True)
    zoom_info = ZoomInfoSerializer(read_only=True)

    class Meta:
        model = Booking
        fields = [
            "id",
            "student",
            "teacher",
            "student_name",
            "teacher_name",
            "start_time",
            "end_time",
            "duration_minutes",
            "status",
            "zoom_meeting_id",
            "zoom_join_url",
            "notes",
            "cancellation_reason",
            "can_cancel",
            "can_reschedule",
            "zoom_info",
        ]

    def to_representation(self, booking: Booking) -> dict[str, Any]:
        """By hand: DRF's fields take four times as long, and a list has a hundred of these."""
        by, now = self.context["user"], self.context["now"]
        has_meeting = booking.has_meeting
        meeting_id, join_url = (booking.zoom_meeting_id, booking.zoom_join_url) if has_meeting else (None, None)
        return {
            "id": str(booking.id),
            "student": str(booking.student_id),
            "teacher": str(booking.teacher_id),
            "student_name": booking.student.name,
            "teacher_name": booking.teacher.name,
            "start_time": utc(booking.start_time),
            "end_time": utc(booking.end_time),
            "duration_minutes": booking.duration_minutes,
            "status": booking.status,
            "zoom_meeting_id": meeting_id,
            "zoom_join_url": join_url,
            "notes": booking.notes,
            "cancellation_reason": booking.cancellation_reason,
            "can_cancel": booking.allows(Move.CANCEL, by=by, now=now),
            "can_reschedule": booking.allows(Move.RESCHEDULE, by=by, now=now),
            "zoom_info": {"meeting_id": meeting_id, "join_url": join_url, "has_meeting": has_meeting},
        }


class FeedbackRequestSerializer(serializers.Serializer[Any]):
    """A student's word on a completed session."""

    booking_id = UUIDField()
    rating = IntegerField(min_value=1, max_value=5)
    comment = CharField(max_length=2000, allow_blank=True, default="")


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    """Feedback as student and teacher read it."""

    booking_id = serializers.UUIDField(read_only=True)
    student_name = serializers.CharField(source="booking.student.name", read_only=True)
    teacher_name = serializers.CharField(source="booking.teacher.name", read_only=True)

    class Meta:
        model = Feedback
        fields = ["id", "booking_id", "rating", "comment", "student_name", "teacher_name", "created_at"]


def slot_list(spans: Sequence[Span], zone: ZoneInfo) -> list[dict[str, str]]:
    """The offered slots: the spec's four keys by the zone's clock, and both ends in UTC."""
    # Where one slot ends others start: each instant is written once.
    ends = {end for span in spans for end in span}
    written = {end: (instants.wall_clock(end, zone), instants.isoformat(end) + "Z") for end in ends}
    return [_slot(*written[start], *written[end]) for start, end in spans]


def _slot(start: str, start_utc: str, end: str, end_utc: str) -> dict[str, str]:
    return {
        "start_time": start[11:16],
        "end_time": end[11:16],
        "datetime_start": start,
        "datetime_end": end,
        "start": start_utc,
        "end": end_utc,
    }


def not_offered_list(refused: Sequence[NotOffered], zone: ZoneInfo) -> list[dict[str, str]]:
    """Times that cannot be booked: the keys of a slot, the reason in a word, and a sentence."""
    sessions = slot_list([session for session, _ in refused], zone)
    return [
        slot | {"reason": reason.value, "message": reason.sentence}
        for slot, (_, reason) in zip(sessions, refused, strict=True)
    ]


def schedule_entry(booking: Booking, reader: User) -> dict[str, str | None]:
    """A booking in a teacher's schedule. Who the student is stays between the parties and staff."""
    may_know = reader.is_superuser or reader.id in (booking.teacher_id, booking.student_id)
    return {
        "start_time": utc(booking.start_time),
        "end_time": utc(booking.end_time),
        "status": booking.status,
        "student__first_name": booking.student.first_name if may_know else None,
        "student__last_name": booking.student.last_name if may_know else None,
    }
