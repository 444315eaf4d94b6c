"""Filters and ordering of bookings."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import User
from api_schema.fields import ChoiceField, CommaSeparatedField, DateField, InstantField, UUIDField
from bookings.querysets import BookingQuerySet
from bookings.states import Party, Status
from wall_clock import zones

# Parameters that compare one column with what was sent.
COMPARED = {
    "status": "status__in",
    "teacher_id": "teacher",
    "student_id": "student",
    "starts_after": "start_time__gte",
    "starts_before": "start_time__lt",
    "ends_before": "end_time__lte",
    # Of `from` and `to`: see `on_dates`.
    "since": "start_time__gte",
    "until": "start_time__lt",
}


class BookingsQuery(serializers.Serializer[Any]):
    """The query parameters of lists of bookings."""

    status = CommaSeparatedField(
        child=ChoiceField(choices=Status.choices),
        required=False,
        help_text="Bookings with this status; separate several by commas.",
    )
    role = ChoiceField(choices=Party.choices, required=False, help_text="Bookings in which the caller has this role.")
    teacher_id = UUIDField(required=False, help_text="Bookings with this teacher.")
    student_id = UUIDField(required=False, help_text="Bookings of this student.")
    search = serializers.CharField(
        required=False, max_length=100, help_text="Words that must all occur in the names of student and teacher."
    )
    when = ChoiceField(
        choices=["upcoming", "past"],
        required=False,
        help_text="`upcoming`: not over yet, whatever its status; `past`: over. Combine it with `status`.",
    )
    starts_after = InstantField(required=False, help_text="Starting at this time or later; with Z or an offset.")
    starts_before = InstantField(required=False, help_text="Starting before this time; with Z or an offset.")
    ends_before = InstantField(required=False, help_text="Ending at this time or earlier; with Z or an offset.")
    has_feedback = serializers.BooleanField(
        required=False, help_text="`true`: bookings with feedback; `false`: those without."
    )
    ordering = ChoiceField(
        choices=["start_time", "-start_time", "created_at", "-created_at"],
        default="start_time",
        help_text="A minus reverses the order.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, a reserved word in Python."""
        dates = {
            "from": DateField(required=False, help_text="Starting on this date or later, in the caller's time zone."),
            "to": DateField(required=False, help_text="Starting on this date or earlier, in the caller's time zone."),
        }
        return super().get_fields() | dates

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse empty spans."""
        check_order(attrs, "from", "to")
        check_order(attrs, "starts_after", "starts_before")
        return attrs


def check_order(asked: dict[str, Any], first: str, last: str) -> None:
    """Raise ValidationError if both were sent and `last` is before `first`."""
    if first in asked and last in asked and asked[last] < asked[first]:
        raise serializers.ValidationError({last: _("This must not be before `%(first)s`.") % {"first": first}})


def on_dates(asked: Mapping[str, Any], user: User) -> dict[str, Any]:
    """Return the values of a BookingsQuery with `from` and `to` as instants, by the user's clock."""
    zone, found = zones.load(user.timezone), {**asked}
    if (first := found.pop("from", None)) is not None:
        found["since"] = dt.datetime.combine(first, dt.time.min, zone)
    if (last := found.pop("to", None)) is not None:
        found["until"] = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, zone)
    return found


def chosen(bookings: BookingQuerySet, asked: Mapping[str, Any], *, now: dt.datetime | None) -> BookingQuerySet:
    """Return the bookings, filtered and ordered as asked for; `now` is needed for `when`."""
    return bookings.filter(_wanted(asked, now)).order_by(asked["ordering"], "id")


def _wanted(asked: Mapping[str, Any], now: dt.datetime | None) -> Q:
    # Pairs, because two parameters may compare the same column.
    found = Q(*((COMPARED[name], value) for name, value in asked.items() if name in COMPARED))
    if "when" in asked:
        found &= Q(end_time__gt=now) if asked["when"] == "upcoming" else Q(end_time__lte=now)
    if "has_feedback" in asked:
        found &= Q(feedback__isnull=not asked["has_feedback"])
    return found & _named(asked.get("search", ""))


def _named(search: str) -> Q:
    found = Q()
    for word in search.split():
        names = [f"{party.value}__{name}_name__icontains" for party in Party for name in ("first", "last")]
        found &= Q(*((name, word) for name in names), _connector=Q.OR)
    return found
