"""Answers that the views put together by hand; these classes only tell of them."""

from typing import Any

from rest_framework import serializers

from bookings.scheduling.reasons import Reason
from bookings.serializers import BookingSerializer
from bookings.states import LIVE, Status


class SlotSerializer(serializers.Serializer[Any]):
    """A session that can be booked."""

    start_time = serializers.RegexField(r"^\d{2}:\d{2}$", help_text="By the clock of `timezone`.")
    end_time = serializers.RegexField(r"^\d{2}:\d{2}$")
    datetime_start = serializers.CharField(
        help_text="By the same clock, and what a request for the session can send as `start_time`. Without an offset, "
        "unless the clock shows this time twice and the second one is meant."
    )
    datetime_end = serializers.CharField()
    start = serializers.DateTimeField(help_text="UTC.")
    end = serializers.DateTimeField(help_text="UTC.")


class NotOfferedSerializer(SlotSerializer):
    """A session that cannot be booked, and the first reason why; nobody is named."""

    reason = serializers.ChoiceField([reason.value for reason in Reason])
    message = serializers.CharField(help_text="The reason in a sentence.")


class SlotsSerializer(serializers.Serializer[Any]):
    """The slots of a date, or of several."""

    date = serializers.DateField()
    teacher_id = serializers.UUIDField()
    timezone = serializers.CharField(help_text="IANA name of the zone by whose clock the slots are written.")
    end_date = serializers.DateField(required=False, help_text="Where it was asked for.")
    available_slots = SlotSerializer(many=True)
    not_offered = NotOfferedSerializer(many=True, required=False, help_text="Where `explain` was asked for.")


class ScheduleEntrySerializer(serializers.Serializer[Any]):
    """A booking as anybody sees it; who the student is, only the two parties and staff."""

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


class MovedBookingSerializer(serializers.Serializer[Any]):
    """A booking after a move."""

    message = serializers.CharField()
    booking = BookingSerializer()


class MeetingAccessSerializer(serializers.Serializer[Any]):
    """How to join the meeting."""

    join_url = serializers.URLField()
    meeting_id = serializers.CharField()
    password = serializers.CharField()


class ConfirmedBookingSerializer(MovedBookingSerializer):
    """A booking and its new meeting."""

    zoom_info = MeetingAccessSerializer()


class ZoomValidationSerializer(serializers.Serializer[Any]):
    """The proof that the service knows the secret of the event subscription."""

    plainToken = serializers.CharField()  # noqa: N815  # Zoom's names
    encryptedToken = serializers.CharField()  # noqa: N815


# Whatever Zoom signs is taken: types would promise a refusal.
ZOOM_EVENT = {
    "type": "object",
    "description": "An event as Zoom describes it: developers.zoom.us/docs/api/webhooks.",
    "properties": {
        "event": {"description": "A text such as `endpoint.url_validation` or `meeting.ended`."},
        "event_ts": {"description": "Milliseconds since 1970."},
        "payload": {"description": "An object; what it holds depends on the event."},
    },
}
