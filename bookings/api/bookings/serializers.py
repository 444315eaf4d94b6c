"""Bookings, as callers send and read them."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.models import ONE_LINE, User
from api_schema.fields import BooleanField, CharField, ChoiceField, DateTimeField, IntegerField, UUIDField
from api_schema.requests import OnlyKnownFields
from bookings.api.bookings.rows import BookingRow
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, Booking
from bookings.states import Actor, Expected, Move, Outcome, Party, Status

OUTSIDE_HOURS = "For teachers and staff: ignore working hours and absences."


def _duration(**options: Any) -> IntegerField:
    return IntegerField(min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes.", **options)


def _whole_minute(moment: dt.datetime) -> None:
    if moment.second or moment.microsecond:
        raise serializers.ValidationError(_("Sessions start on a whole minute."))


class ExpectedSerializer(OnlyKnownFields):
    """The booking as the caller last saw it; if it has changed since, the move is refused."""

    expected_version = IntegerField(min_value=1, required=False, help_text="Its `version`.")
    expected_start_time = DateTimeField(required=False, help_text="Its `start_time`.")

    @property
    def expected(self) -> Expected:
        """Call it after `is_valid`."""
        sent = self.validated_data
        return Expected(sent.get("expected_version"), sent.get("expected_start_time"))


class BookingRequestSerializer(OnlyKnownFields):
    """A student's request, or a teacher's booking for a student."""

    teacher_id = UUIDField()
    start_time = DateTimeField(
        validators=[_whole_minute], help_text="With an offset or Z; without one, in the teacher's time zone."
    )
    duration = _duration(default=60)
    notes = CharField(max_length=2000, allow_blank=True, default="")
    student_id = UUIDField(required=False, help_text="For teachers and staff: the student to book for.")
    confirmed = BooleanField(
        default=False,
        help_text="With `student_id`: confirm at once, with a meeting; otherwise it awaits the student's answer.",
    )
    outside_hours = BooleanField(default=False, help_text=OUTSIDE_HOURS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse `confirmed` and `outside_hours` in a student's own request."""
        if "student_id" in attrs:
            return attrs
        if alone := [name for name in ("confirmed", "outside_hours") if attrs.pop(name)]:
            raise serializers.ValidationError(dict.fromkeys(alone, _("This goes with student_id only.")))
        return attrs


class CancelSerializer(ExpectedSerializer):
    """Why the booking is cancelled."""

    reason = CharField(max_length=500, allow_blank=True, default="", validators=[ONE_LINE])


class DeclineSerializer(CancelSerializer):
    """Why the request is declined."""


class RescheduleSerializer(ExpectedSerializer):
    """The new time."""

    start_time = DateTimeField(validators=[_whole_minute])
    duration = _duration(required=False)
    outside_hours = BooleanField(default=False, help_text=OUTSIDE_HOURS)


class CompleteSerializer(ExpectedSerializer):
    """The outcome of the session."""

    outcome = ChoiceField(choices=Outcome.choices, default=Outcome.TOOK_PLACE.value)


class BookingPatchSerializer(OnlyKnownFields):
    """What can be changed in place: notes by the student; COMPLETED or the outcome by the teacher."""

    notes = CharField(max_length=2000, allow_blank=True, required=False)
    status = serializers.ChoiceField(
        choices=[Status.COMPLETED.value],
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy("Only COMPLETED can be set here; other moves have their own addresses.")
        },
    )
    outcome = ChoiceField(choices=Outcome.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one of the three."""
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Send either notes, status or outcome."))
        return attrs


class ZoomInfoSerializer(serializers.Serializer[Any]):
    """The meeting as the parties see it."""

    meeting_id = serializers.CharField(allow_null=True)
    join_url = serializers.URLField(allow_null=True)
    has_meeting = serializers.BooleanField()
    password = serializers.CharField(allow_null=True, help_text="For the student and the teacher; null for staff.")


class RatingSerializer(serializers.Serializer[Any]):
    """Summary of the student's feedback."""

    id = serializers.UUIDField()
    rating = serializers.IntegerField(min_value=1, max_value=5)


class BookingSerializer(serializers.ModelSerializer[Booking]):
    """A booking as its parties see it. `can_…` are for the `user` and `now` of the context."""

    student_name = serializers.CharField(read_only=True)
    teacher_name = serializers.CharField(read_only=True)
    can_cancel = serializers.BooleanField(read_only=True)
    can_reschedule = serializers.BooleanField(read_only=True)
    zoom_info = ZoomInfoSerializer(read_only=True)
    awaits = serializers.ChoiceField(
        choices=Party.choices, allow_null=True, read_only=True, help_text="Whose answer a pending booking awaits."
    )
    cancelled_by = serializers.ChoiceField(choices=Actor.choices, allow_null=True, read_only=True)
    outcome = serializers.ChoiceField(
        choices=Outcome.choices, allow_null=True, read_only=True, help_text="Outcome of a completed session."
    )
    teacher_timezone = serializers.CharField(read_only=True)
    student_timezone = serializers.CharField(read_only=True)
    feedback = RatingSerializer(allow_null=True, read_only=True)
    cancel_until = serializers.DateTimeField(
        allow_null=True, read_only=True, help_text="Until when the caller may cancel; null if they may not."
    )
    reschedule_until = serializers.DateTimeField(
        allow_null=True, read_only=True, help_text="Until when the caller may reschedule; null if they may not."
    )

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
            "version",
            "awaits",
            "cancelled_by",
            "outcome",
            "created_at",
            "updated_at",
            "teacher_timezone",
            "student_timezone",
            "feedback",
            "cancel_until",
            "reschedule_until",
        ]

    def to_representation(self, booking: Booking | BookingRow) -> dict[str, Any]:
        context = self.context
        return booking_json(booking, user=context["user"], now=context["now"])


def booking_json(booking: Booking | BookingRow, *, user: User, now: dt.datetime) -> dict[str, Any]:
    """Return a booking as BookingSerializer describes it. DRF's fields would take four times as long."""
    cancel_until = booking.allowed_until(Move.CANCEL, by=user, now=now)
    reschedule_until = booking.allowed_until(Move.RESCHEDULE, by=user, now=now)
    meeting_id, join_url, password = booking.shown_meeting or (None, None, None)
    is_party = user.id in (booking.student_id, booking.teacher_id)
    return {
        "id": booking.id,
        "student": booking.student_id,
        "teacher": booking.teacher_id,
        "student_name": booking.student_name,
        "teacher_name": booking.teacher_name,
        "start_time": booking.start_time,
        "end_time": booking.end_time,
        "duration_minutes": booking.duration_minutes,
        "status": booking.status,
        "zoom_meeting_id": meeting_id,
        "zoom_join_url": join_url,
        "notes": booking.notes,
        "cancellation_reason": booking.cancellation_reason,
        "can_cancel": cancel_until is not None,
        "can_reschedule": reschedule_until is not None,
        "zoom_info": {
            "meeting_id": meeting_id,
            "join_url": join_url,
            "has_meeting": booking.has_meeting,
            "password": password if is_party else None,
        },
        "version": booking.version,
        "awaits": booking.awaits if booking.status == Status.PENDING else None,
        "cancelled_by": booking.cancelled_by or None,
        "outcome": booking.outcome or None,
        "created_at": booking.created_at,
        "updated_at": booking.updated_at,
        "teacher_timezone": booking.teacher_timezone,
        "student_timezone": booking.student_timezone,
        "feedback": _rating(booking),
        "cancel_until": cancel_until,
        "reschedule_until": reschedule_until,
    }


def _rating(booking: Booking | BookingRow) -> dict[str, Any] | None:
    # Only completed bookings have feedback: this saves a query for a new one.
    feedback = getattr(booking, "feedback", None) if booking.status == Status.COMPLETED else None
    return {"id": feedback.id, "rating": feedback.rating} if feedback else None
