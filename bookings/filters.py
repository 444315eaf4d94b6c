"""What may stand in a query string, and what it means."""

import datetime as dt
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from accounts.fields import ChoiceField, DateField, UUIDField
from accounts.models import User
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES
from bookings.querysets import BookingQuerySet
from bookings.states import Party, Status
from wall_clock import zones

MOST_SLOT_DAYS = 31
MOST_SCHEDULE_DAYS = 92


def _check_days(first: dt.date, last: dt.date, field: str, most: int) -> None:
    if last < first:
        raise serializers.ValidationError({field: "This must not be before the first date."})
    if (last - first).days >= most:
        raise serializers.ValidationError({field: f"At most {most} days can be asked for at once."})


class SlotsQuery(serializers.Serializer[Any]):
    """Whose free time, of which dates, for how long a session, and by which clock."""

    teacher_id = UUIDField(help_text="Whose time.")
    date = DateField(help_text="The first date, by the clock of `timezone`.")
    end_date = DateField(required=False, help_text="The last date, included; at most 31 days in all.")
    duration = serializers.IntegerField(
        default=60, min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes."
    )
    timezone = serializers.CharField(
        required=False, validators=[zones.validate], help_text="IANA name; absent: the teacher's own."
    )
    explain = serializers.BooleanField(default=False, help_text="Also tell why the other times are not offered.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Bounds the number of days."""
        _check_days(attrs["date"], attrs.get("end_date", attrs["date"]), "end_date", MOST_SLOT_DAYS)
        return attrs


# Made once: to build a serializer takes longer than to use it, and validating keeps no state in it.
SLOTS_QUERY = SlotsQuery()


class ScheduleQuery(serializers.Serializer[Any]):
    """Whose schedule, and of which dates (both included) by the teacher's clock."""

    teacher_id = UUIDField(help_text="Whose schedule.")
    start_date = DateField(help_text="By the teacher's clock.")
    end_date = DateField(help_text="Included; at most 92 days in all.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Bounds the number of days."""
        _check_days(attrs["start_date"], attrs["end_date"], "end_date", MOST_SCHEDULE_DAYS)
        return attrs


class TeacherQuery(serializers.Serializer[Any]):
    """Whose working hours."""

    teacher_id = UUIDField(required=False, help_text="Absent: the caller's own.")


class BookingsQuery(serializers.Serializer[Any]):
    """Which of the caller's bookings, in which order."""

    status = ChoiceField(choices=Status.choices, required=False, help_text="Bookings that stand there.")
    role = ChoiceField(choices=Party.choices, required=False, help_text="Bookings in which the caller is this party.")
    ordering = ChoiceField(
        choices=["start_time", "-start_time", "created_at", "-created_at"],
        default="start_time",
        help_text="With a minus the other way round.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Adds `from`, which is a word of Python."""
        dates = {
            "from": DateField(required=False, help_text="Starting on this date or later, by the caller's clock."),
            "to": DateField(required=False, help_text="Starting on this date or earlier, by the caller's clock."),
        }
        return super().get_fields() | dates

    def apply(self, bookings: BookingQuerySet, user: User) -> BookingQuerySet:
        """The bookings that were asked for; call it after `is_valid`."""
        asked, zone = self.validated_data, zones.load(user.timezone)
        wanted = Q()
        if "status" in asked:
            wanted &= Q(status=asked["status"])
        if "role" in asked:
            wanted &= Q(**{asked["role"]: user})
        if "from" in asked:
            wanted &= Q(start_time__gte=dt.datetime.combine(asked["from"], dt.time.min, zone))
        if "to" in asked:
            wanted &= Q(start_time__lt=dt.datetime.combine(asked["to"] + dt.timedelta(days=1), dt.time.min, zone))
        return bookings.filter(wanted).order_by(asked["ordering"], "id")
