"""Serializer fields that accept a value in one format only, and name it in the error."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from wall_clock.instants import OUT_OF_RANGE, is_in_range

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


def _parsed(value: Any, pattern: re.Pattern[str], parse: Callable[[str], T]) -> T | None:
    """Return what the value stands for; None unless it is a string of this format that `parse` accepts."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        return None
    try:
        return parse(value)
    except ValueError:
        return None


class CharField(serializers.CharField):
    """A string; DRF's own also accepts numbers."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IntegerField(serializers.IntegerField):
    """A number in a JSON body; DRF's own also accepts strings, which are for query parameters."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """`true` or `false` in a JSON body; DRF's own also accepts `1`, `"yes"` and more."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ChoiceField(serializers.ChoiceField):
    """A choice; DRF's own error does not list the choices."""

    default_error_messages = {"invalid_choice": _('"{input}" is not a valid choice: take one of {choices}.')}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        super().fail(key, choices=", ".join(self.choice_strings_to_values), **kwargs)


class ModelSerializer(serializers.ModelSerializer[M]):
    """Maps model fields to the fields above."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.BooleanField: BooleanField,
        models.CharField: CharField,
        models.PositiveIntegerField: IntegerField,
        models.PositiveSmallIntegerField: IntegerField,
        models.TextField: CharField,
    }
    serializer_choice_field = ChoiceField


class UUIDField(serializers.UUIDField):
    """A UUID as a string; DRF's own also accepts numbers, and so `true`."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        return super().to_internal_value(data if isinstance(data, str) else "")


class DateField(serializers.DateField):
    """`YYYY-MM-DD`; Python's parser also accepts weeks and dates without dashes."""

    default_error_messages = {"invalid": _("Write the date as YYYY-MM-DD."), "year": OUT_OF_RANGE}

    def to_internal_value(self, value: Any) -> dt.date:
        day = _parsed(value, DATE, dt.date.fromisoformat)
        if day is None:
            self.fail("invalid")
        if not is_in_range(day):
            self.fail("year")
        return day


class TimeField(serializers.TimeField):
    """`HH:MM` or `HH:MM:00` by a wall clock; Python's parser also accepts an offset, and drops it."""

    default_error_messages = {"invalid": _("Write the time as HH:MM."), "minute": _("Only whole minutes are possible.")}

    def to_internal_value(self, value: Any) -> dt.time:
        time = _parsed(value, TIME, dt.time.fromisoformat)
        if time is None:
            self.fail("invalid")
        if time.second:
            self.fail("minute")
        return time


class DateTimeField(serializers.DateTimeField):
    """`YYYY-MM-DDTHH:MM:SS`, with Z or an offset; without one the value stays naive."""

    default_error_messages = {
        "invalid": _("Write the time as YYYY-MM-DDTHH:MM:SS with Z or an offset."),
        "year": OUT_OF_RANGE,
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        """Return the moment, in UTC if an offset was given."""
        moment = _parsed(value, DATE_TIME, dt.datetime.fromisoformat)
        if moment is None:
            self.fail("invalid")
        if not is_in_range(moment):
            self.fail("year")
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC)


class CommaSeparatedField(serializers.ListField):
    """Several values of a query parameter, parted by commas: `PENDING,CONFIRMED`. Duplicates are dropped."""

    default_error_messages = {
        "empty": _("Name at least one."),
        "max_length": _("At most {max_length} can be named at once."),
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the values in their order."""
        words = data.split(",") if isinstance(data, str) and data else []
        if not words:
            self.fail("empty")
        if self.max_length is not None and len(words) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return list(dict.fromkeys(self.child.run_validation(word) for word in words))


class InstantField(DateTimeField):
    """A moment with Z or an offset, where no time zone is implied."""

    default_error_messages = {"offset": _("Write the time with Z or an offset.")}

    def to_internal_value(self, value: Any) -> dt.datetime:
        moment = super().to_internal_value(value)
        if moment.tzinfo is None:
            self.fail("offset")
        return moment
