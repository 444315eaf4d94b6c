"""Bookings, as callers send and read them."""

import datetime as dt
from typing import Any

from rest_framework import serializers

from accounts.models import ONE_LINE
from api_schema.fields import CharField, DateTimeField, IntegerField, UUIDField
from bookings.api.bookings.rows import BookingRow
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Booking
from bookings.states import Move, Status
from wall_clock import instants


def _duration(**options: Any) -> IntegerField:
    return IntegerField(min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes.", **options)


def _whole_minute(moment: dt.datetime) -> None:
    if moment.second or moment.microsecond:
        raise serializers.ValidationError("Sessions start on a whole minute.")


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

    def to_representation(self, booking: Booking | BookingRow) -> dict[str, Any]:
        """By hand: DRF's fields take four times as long, and a list has a hundred of these."""
        by, now = self.context["user"], self.context["now"]
        has_meeting = booking.has_meeting
        meeting_id, join_url = (booking.zoom_meeting_id, booking.zoom_join_url) if has_meeting else (None, None)
        return {
            "id": str(booking.id),
            "student": str(booking.student_id),
            "teacher": str(booking.teacher_id),
            "student_name": booking.student_name,
            "teacher_name": booking.teacher_name,
            "start_time": instants.utc(booking.start_time),
            "end_time": instants.utc(booking.end_time),
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
