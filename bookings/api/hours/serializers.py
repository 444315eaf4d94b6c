"""Working hours and absences in requests and responses."""

import copy
import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.authentication.bearer import caller
from accounts.models import ONE_LINE
from api_schema.fields import (
    DateField,
    DateTimeField,
    IntegerField,
    ModelSerializer,
    TimeField,
    UUIDField,
)
from api_schema.requests import OnlyKnownFields
from bookings.models import Availability, TimeOff
from bookings.scheduling.slots import Window
from wall_clock import instants, zones


class TeacherQuery(serializers.Serializer[Any]):
    """The query parameter of lists of working hours."""

    teacher_id = UUIDField(required=False, help_text="Default: the caller.")


class AvailabilitySerializer(OnlyKnownFields, ModelSerializer[Availability]):
    """Working hours. The rules are the model's, checked here before the write."""

    day_of_week = IntegerField(required=False, allow_null=True, min_value=0, max_value=6)
    start_time = TimeField()
    end_time = TimeField(help_text="00:00 is midnight at the end of the day.")
    date = DateField(required=False, allow_null=True, default=None)

    class Meta:
        model = Availability
        fields = ["id", "teacher", "day_of_week", "start_time", "end_time", "is_recurring", "date"]
        read_only_fields = ["id", "teacher"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Validate the result with the model's rules."""
        hours = copy.copy(self.instance) if self.instance else Availability()
        for name, value in attrs.items():
            setattr(hours, name, value)
        try:
            hours.clean()
            hours.validate_constraints(exclude={"teacher"})
        except DjangoValidationError as error:
            # Django has its own name for errors of no single field; callers see DRF's.
            details = {name.replace("__all__", "non_field_errors"): told for name, told in error.message_dict.items()}
            raise serializers.ValidationError(details) from error
        return attrs | {"day_of_week": hours.day_of_week}


class WeeklyHoursSerializer(OnlyKnownFields):
    """Weekly working hours. Times are in the teacher's time zone."""

    day_of_week = IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    start_time = TimeField()
    end_time = TimeField(help_text="00:00 is midnight at the end of the day.")


class WeekSerializer(OnlyKnownFields):
    """A teacher's week."""

    windows = WeeklyHoursSerializer(many=True, allow_empty=True, help_text="In any order; empty: no weekly hours.")

    def validate_windows(self, windows: list[dict[str, Any]]) -> list[Window]:
        """Check the week with the rules of the service."""
        return [Window(each["day_of_week"], each["start_time"], each["end_time"]) for each in windows]


class TimeOffSerializer(OnlyKnownFields, ModelSerializer[TimeOff]):
    """An absence. Times without an offset are in the teacher's time zone."""

    start_time = DateTimeField()
    end_time = DateTimeField()

    class Meta:
        model = TimeOff
        fields = ["id", "start_time", "end_time", "reason"]
        extra_kwargs = {"reason": {"validators": [ONE_LINE]}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Convert both ends to UTC and check their order with the model."""
        zone = zones.load(caller(self.context["request"]).timezone)
        for name in {"start_time", "end_time"} & set(attrs):
            if attrs[name].tzinfo is None:
                attrs[name] = _instant(attrs[name], zone, name)
        start, end = (attrs.get(name) or getattr(self.instance, name) for name in ("start_time", "end_time"))
        if end <= start:
            raise serializers.ValidationError({"end_time": _("The end must be after the start.")})
        return attrs


def _instant(wall: dt.datetime, zone: Any, field: str) -> dt.datetime:
    try:
        return instants.instant(wall, zone)
    except instants.SkippedTime as error:
        raise serializers.ValidationError({field: error.sentence}) from error
