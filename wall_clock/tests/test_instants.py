"""wall_clock.instants: which years and which times of the wall clock exist."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from wall_clock import instants

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("text", "is_in_range"),
    [
        ("1999-12-31T23:59", False),
        ("2000-01-01T00:00", True),
        ("2200-12-31T23:59", True),
        ("2201-01-01T00:00", False),
        # The year as written counts, though in UTC these are 1999 and 2201.
        ("2000-01-01T00:00+14:00", True),
        ("2200-12-31T23:59-12:00", True),
    ],
)
def test_both_limits_of_the_years_are_inside(text: str, is_in_range: bool) -> None:
    moment = dt.datetime.fromisoformat(text)
    assert instants.is_in_range(moment) is is_in_range
    assert instants.is_in_range(moment.date()) is is_in_range


def test_a_skipped_time_is_named_with_its_zone() -> None:
    with pytest.raises(instants.SkippedTime) as caught:
        instants.instant(dt.datetime.fromisoformat("2025-03-30T02:30"), ROME)
    assert str(caught.value) == caught.value.sentence == "The clock in Europe/Rome skips this time."
    assert caught.value.advice == "The clock in Europe/Rome skips this time; send another, or one with an offset."


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2025-10-26T00:30+00:00", "2025-10-26T02:30:00"),
        ("2025-10-26T01:30+00:00", "2025-10-26T02:30:00+01:00"),
        ("2025-01-15T08:00+00:00", "2025-01-15T09:00:00"),
    ],
)
def test_the_second_of_two_equal_times_carries_its_offset(utc: str, shown: str) -> None:
    assert instants.wall_clock(dt.datetime.fromisoformat(utc), ROME) == shown
