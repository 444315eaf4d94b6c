"""bookings.api.teachers.directory: who is available on a date."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.factories import make_teacher
from accounts.models import User
from accounts.tests.rows import is_away, utc, works
from bookings.api.teachers import directory

pytestmark = pytest.mark.django_db

WEDNESDAY = dt.date(2025, 1, 15)


def available(date: dt.date) -> QuerySet[User]:
    return directory.teachers().filter(directory.available_on(date))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"day_of_week": 2}, True),
        ({"day_of_week": 3}, False),
        ({"day_of_week": 2, "is_recurring": False, "date": dt.date(2025, 1, 15)}, True),
        ({"day_of_week": 2, "is_recurring": False, "date": dt.date(2025, 1, 22)}, False),
        (None, False),
    ],
)
def test_teachers_with_working_hours_on_the_date_are_available(hours: dict[str, Any] | None, expected: bool) -> None:
    teacher = make_teacher()
    if hours:
        works(teacher, **hours)
        works(teacher, **hours | {"start_time": dt.time(18), "end_time": dt.time(0)})
    assert (teacher in available(WEDNESDAY)) is expected


# The 15th lasts from 05:00 to 05:00 UTC in New York, and from the 14th, 15:00 to 15:00 UTC in Tokyo.
@pytest.mark.parametrize(
    ("zone", "absences", "expected"),
    [
        ("UTC", [(utc(15), utc(16))], False),
        ("UTC", [(utc(1), utc(31))], False),
        ("UTC", [(utc(15), utc(15, 23, 59))], True),
        ("UTC", [(utc(15, 0, 1), utc(16))], True),
        ("UTC", [(utc(14), utc(15))], True),
        ("UTC", [(utc(15), utc(15, 12)), (utc(15, 12), utc(16))], False),
        ("UTC", [(utc(15, 12), utc(16)), (utc(15), utc(15, 13))], False),
        ("UTC", [(utc(15, 12), utc(16)), (utc(15), utc(17))], False),
        ("UTC", [(utc(15), utc(15, 12)), (utc(15, 13), utc(16))], True),
        ("America/New_York", [(utc(15, 5), utc(16, 5))], False),
        ("America/New_York", [(utc(15), utc(16))], True),
        ("Asia/Tokyo", [(utc(14, 15), utc(15, 15))], False),
        ("Asia/Tokyo", [(utc(15), utc(16))], True),
        ("Pacific/Kiritimati", [(utc(14, 10), utc(14, 20)), (utc(14, 20), utc(15, 10))], False),
        ("Pacific/Pago_Pago", [(utc(15, 11), utc(16, 5)), (utc(16, 5), utc(16, 11))], False),
    ],
)
def test_teachers_away_all_day_by_their_own_calendar_are_not(
    zone: str, absences: list[tuple[dt.datetime, dt.datetime]], expected: bool
) -> None:
    teacher = make_teacher(timezone=zone)
    works(teacher, day_of_week=2)
    for start, end in absences:
        is_away(teacher, start, end)
    assert (teacher in available(WEDNESDAY)) is expected


@pytest.mark.parametrize(("hour", "expected"), [(22, True), (23, False)])
def test_a_date_on_which_the_clocks_change_has_its_own_length(hour: int, expected: bool) -> None:
    """26 October 2025 in Madrid lasts 25 hours: from the 25th, 22:00 UTC to the 26th, 23:00 UTC."""
    teacher = make_teacher(timezone="Europe/Madrid")
    works(teacher, day_of_week=6)
    is_away(teacher, dt.datetime(2025, 10, 25, 22, tzinfo=dt.UTC), dt.datetime(2025, 10, 26, hour, tzinfo=dt.UTC))
    assert (teacher in available(dt.date(2025, 10, 26))) is expected


def test_another_teachers_absence_does_not_count() -> None:
    teacher = make_teacher()
    works(teacher, day_of_week=2)
    other = make_teacher()
    works(other, day_of_week=2)
    is_away(other, utc(15), utc(16))
    assert list(available(WEDNESDAY)) == [teacher]
