"""Query parameters of slots and schedules."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

from api_schema.fields import CommaSeparatedField, DateField, UUIDField
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES
from wall_clock import zones

MOST_SLOT_DAYS = 31
# Each start of the grid is judged and listed: for the fullest teacher a week takes 20 ms of CPU, a month 300.
MOST_EXPLAINED_DAYS = 7
MOST_TEACHERS = 50

MOST_SCHEDULE_DAYS = 92


def _check_days(first: dt.date, last: dt.date, field: str, most: int) -> None:
    if last < first:
        raise serializers.ValidationError({field: _("This must not be before the first date.")})
    if (last - first).days >= most:
        sentence = ngettext(
            "At most %(most)d days can be asked for at once.", "At most %(most)d days can be asked for at once.", most
        )
        raise serializers.ValidationError({field: sentence % {"most": most}})


class SlotsQuery(serializers.Serializer[Any]):
    """The query parameters of a teacher's slots."""

    teacher_id = UUIDField(help_text="The teacher.")
    date = DateField(help_text="First date, in `timezone`.")
    end_date = DateField(required=False, help_text="Last date, inclusive; at most 31 days in all, 7 with `explain`.")
    duration = serializers.IntegerField(
        default=60, min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes."
    )
    timezone = serializers.CharField(
        required=False, validators=[zones.validate], help_text="IANA name; default: the teacher's."
    )
    booking_id = UUIDField(
        required=False, help_text="A booking with this teacher that is to be moved: its time counts as free."
    )
    exclude_mine = serializers.BooleanField(default=False, help_text="Leave out the times of your own sessions.")
    explain = serializers.BooleanField(default=False, help_text="Also list the times that are not offered, and why.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Limit the number of days."""
        most = MOST_EXPLAINED_DAYS if attrs["explain"] else MOST_SLOT_DAYS
        _check_days(attrs["date"], attrs.get("end_date", attrs["date"]), "end_date", most)
        return attrs


class FirstSlotsQuery(serializers.Serializer[Any]):
    """The query parameters of the first slots of several teachers."""

    teacher_ids = CommaSeparatedField(
        child=UUIDField(), max_length=MOST_TEACHERS, help_text="Up to 50 teachers, separated by commas."
    )
    duration = serializers.IntegerField(
        default=60, min_value=MIN_DURATION_MINUTES, max_value=MAX_DURATION_MINUTES, help_text="Minutes."
    )
    timezone = serializers.CharField(
        required=False, validators=[zones.validate], help_text="IANA name; default: each teacher's."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, a reserved word in Python."""
        first = DateField(required=False, help_text="First date, in `timezone`; default: from now on.")
        return super().get_fields() | {"from": first}


class ScheduleQuery(serializers.Serializer[Any]):
    """The query parameters of a teacher's schedule."""

    teacher_id = UUIDField(help_text="The teacher.")
    start_date = DateField(help_text="First date, in the teacher's time zone.")
    end_date = DateField(help_text="Last date, inclusive; at most 92 days in all.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Limit the number of days."""
        _check_days(attrs["start_date"], attrs["end_date"], "end_date", MOST_SCHEDULE_DAYS)
        return attrs
