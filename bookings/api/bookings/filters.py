"""Which bookings, and in which order."""

import datetime as dt
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from accounts.models import User
from api_schema.fields import ChoiceField, DateField
from bookings.querysets import BookingQuerySet
from bookings.states import Party, Status
from wall_clock import zones


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
