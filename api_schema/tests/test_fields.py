"""api_schema.fields: one way of writing each value."""

import datetime as dt
import uuid
from typing import Any

import pytest
from rest_framework.serializers import Field, ValidationError

from api_schema.fields import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    IntegerField,
    TimeField,
    UUIDField,
)

UTC_TEN = dt.datetime(2025, 1, 15, 10, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (DateField(), "2025-01-15", dt.date(2025, 1, 15)),
        (DateField(), "2024-02-29", dt.date(2024, 2, 29)),
        (TimeField(), "09:30", dt.time(9, 30)),
        (TimeField(), "00:00:00", dt.time(0, 0)),
        (DateTimeField(), "2025-01-15T10:00:00Z", UTC_TEN),
        (DateTimeField(), "2025-01-15T11:00:00+01:00", UTC_TEN),
        (DateTimeField(), "2025-01-15T10:00:00", dt.datetime(2025, 1, 15, 10, 0)),  # noqa: DTZ001  # naive on purpose
        (DateField(), "2000-01-01", dt.date(2000, 1, 1)),
        (DateField(), "2200-12-31", dt.date(2200, 12, 31)),
        (DateTimeField(), "2000-01-01T00:00:00Z", dt.datetime(2000, 1, 1, tzinfo=dt.UTC)),
        (DateTimeField(), "2200-12-31T23:59:00Z", dt.datetime(2200, 12, 31, 23, 59, tzinfo=dt.UTC)),
        (BooleanField(), True, True),
        (CharField(), "5", "5"),
        (ChoiceField(["name", "-name"]), "-name", "-name"),
        (IntegerField(), 5, 5),
        (IntegerField(), 5.0, 5),
        (UUIDField(), "7c9e6679-7425-40de-944b-e07fc1f90ae7", uuid.UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    ],
)
def test_it_accepts_the_documented_format(field: Field[Any, Any, Any, Any], text: Any, value: object) -> None:
    assert field.run_validation(text) == value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (DateField(), ["2025-02-30", "2025-W03-3", "20250115", "15/01/2025", "2025-1-5", "1999-12-31", "9999-12-31"]),
        (DateField(), ["2025-01-15T00:00:00", "\uff12025-01-15", "2025-01-15\n", "\0", "", None, True, 20250115, []]),
        (TimeField(), ["9:00", "24:00", "09:00:30", "09:00+01:00", "09:00Z", "0900", "09", "09:00:00.5", "", None, 9]),
        (DateTimeField(), ["2025-W03-3T10:00:00Z", "20250115T100000Z", "2025-01-15", "0001-01-01T00:00:00+14:00"]),
        (DateTimeField(), ["9999-12-31T23:59:59Z", "2025-01-15T24:00:00Z", "2025-06-30T23:59:60Z", 1736935200, None]),
        (DateTimeField(), ["1999-12-31T23:59:00Z", "2201-01-01T00:00:00Z"]),
        (BooleanField(), ["true", "yes", "", 1, 0, None, []]),
        (CharField(), [5, 5.0, True, None, []]),
        (ChoiceField(["name"]), ["Name", "-name", "", " name", 5, None, [], {}]),
        (IntegerField(), ["5", "", 5.5, True, None, []]),
        (UUIDField(), ["abc", "", 5, True, None, "\uff17c9e6679-7425-40de-944b-e07fc1f90ae7\0"]),
    ],
)
def test_it_refuses_other_formats(field: Field[Any, Any, Any, Any], values: list[Any]) -> None:
    for value in values:
        with pytest.raises(ValidationError):
            field.run_validation(value)


def test_an_invalid_choice_names_the_valid_ones() -> None:
    with pytest.raises(ValidationError) as caught:
        ChoiceField([("name", "By name"), ("-name", "The other way round")]).run_validation("-{rating}")
    assert caught.value.detail == ['"-{rating}" is not a valid choice: take one of name, -name.']
