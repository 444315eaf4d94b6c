"""Serializer fields that accept one way of writing a value, and say which."""

import datetime as dt
import re
import uuid
from typing import Any, NoReturn, TypeVar

from django.db import models
from rest_framework import serializers

from wall_clock.instants import OUT_OF_RANGE, is_in_range

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)
DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


def _match(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


M = TypeVar("M", bound=models.Model)


class CharField(serializers.CharField):
    """A text; DRF's own also takes numbers."""

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class IntegerField(serializers.IntegerField):
    """A number of a JSON body; DRF's own also takes a text, which is for query strings."""

    def to_internal_value(self, data: Any) -> int:
        """The whole number. Raises ValidationError."""
        if isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """`true` or `false` of a JSON body; DRF's own also takes `1`, `"yes"` and more."""

    def to_internal_value(self, data: Any) -> bool:
        """Which of the two. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ChoiceField(serializers.ChoiceField):
    """One of a few words; DRF's own does not tell which."""

    default_error_messages = {"invalid_choice": '"{input}" is not a valid choice: take one of {choices}.'}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        """Raises ValidationError."""
        super().fail(key, choices=", ".join(self.choice_strings_to_values), **kwargs)


class ModelSerializer(serializers.ModelSerializer[M]):
    """Makes the fields above of a model's."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.BooleanField: BooleanField,
        models.CharField: CharField,
        models.PositiveIntegerField: IntegerField,
        models.PositiveSmallIntegerField: IntegerField,
        models.TextField: CharField,
    }


class UUIDField(serializers.UUIDField):
    """A UUID as text; DRF's own also takes numbers, and so `true`."""

    def to_internal_value(self, data: Any) -> uuid.UUID:
        """The UUID. Raises ValidationError."""
        return super().to_internal_value(data if isinstance(data, str) else "")


class DateField(serializers.DateField):
    """`YYYY-MM-DD`; Python's own parser also takes weeks and dates without dashes."""

    default_error_messages = {"invalid": "Write the date as YYYY-MM-DD.", "year": OUT_OF_RANGE}

    def to_internal_value(self, value: Any) -> dt.date:
        """The date. Raises ValidationError."""
        text = _match(DATE, value)
        if text is None:
            self.fail("invalid")
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            self.fail("invalid")
        if not is_in_range(day):
            self.fail("year")
        return day


class TimeField(serializers.TimeField):
    """`HH:MM` or `HH:MM:00` by a wall clock; Python's own parser also takes an offset, and drops it."""

    default_error_messages = {"invalid": "Write the time as HH:MM.", "minute": "Only whole minutes are possible."}

    def to_internal_value(self, value: Any) -> dt.time:
        """The time. Raises ValidationError."""
        text = _match(TIME, value)
        if text is None:
            self.fail("invalid")
        try:
            time = dt.time.fromisoformat(text)
        except ValueError:
            self.fail("invalid")
        if time.second:
            self.fail("minute")
        return time


class DateTimeField(serializers.DateTimeField):
    """`YYYY-MM-DDTHH:MM:SS`, with Z or an offset; without one the value comes out naive, for the reader to place."""

    default_error_messages = {
        "invalid": "Write the time as YYYY-MM-DDTHH:MM:SS with Z or an offset.",
        "year": OUT_OF_RANGE,
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The moment, in UTC where an offset was given. Raises ValidationError."""
        text = _match(DATE_TIME, value)
        if text is None:
            self.fail("invalid")
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self.fail("invalid")
        if not is_in_range(moment):
            self.fail("year")
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC)


class CommaSeparatedField(serializers.ListField):
    """Several values of a query parameter, parted by commas: `PENDING,CONFIRMED`. What comes twice counts once."""

    default_error_messages = {"empty": "Name at least one.", "max_length": "At most {max_length} can be named at once."}

    def to_internal_value(self, data: Any) -> list[Any]:
        """The values, in their order. Raises ValidationError."""
        words = data.split(",") if isinstance(data, str) and data else []
        if not words:
            self.fail("empty")
        if self.max_length is not None and len(words) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return list(dict.fromkeys(self.child.run_validation(word) for word in words))


class InstantField(DateTimeField):
    """A moment with Z or an offset: where nobody's clock could place one without."""

    default_error_messages = {"offset": "Write the time with Z or an offset."}

    def to_internal_value(self, value: Any) -> dt.datetime:
        """The moment in UTC. Raises ValidationError."""
        moment = super().to_internal_value(value)
        if moment.tzinfo is None:
            self.fail("offset")
        return moment
