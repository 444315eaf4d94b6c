"""bookings.api.slots.written_days: a day written from the minutes of its slots reads as one written slot by slot."""

import datetime as dt
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.api.slots.serializers import slot_list
from bookings.api.slots.written_days import written
from bookings.scheduling.slots import Span

MINUTE = dt.timedelta(minutes=1)
ZONES = ["UTC", "Europe/Madrid", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati",
    "Pacific/Apia", "Africa/Casablanca", "Pacific/Niue", "Europe/Dublin", "America/Sao_Paulo"]  # fmt: skip


def spans(first: dt.datetime, minutes: list[int], length: int) -> list[Span]:
    starts = [first + minute * MINUTE for minute in sorted(set(minutes))]
    return [Span(start, start + length * MINUTE) for start in starts]


@given(
    st.dates(dt.date(2005, 1, 1), dt.date(2060, 1, 1)),
    st.lists(st.integers(0, 3 * 24 * 60), max_size=30),
    st.integers(5, 480),
    st.sampled_from(ZONES),
)
def test_it_reads_as_the_list_of_slots(day: dt.date, minutes: list[int], length: int, zone: str) -> None:
    found = spans(dt.datetime.combine(day, dt.time(), dt.UTC), minutes, length)
    text = orjson.dumps(written(found, ZoneInfo(zone), length * MINUTE))
    assert orjson.loads(text) == slot_list(found, ZoneInfo(zone))
    assert text == orjson.dumps(slot_list(found, ZoneInfo(zone)))


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_a_year_with_its_changes_of_clocks(zone: str) -> None:
    for month in range(1, 13):
        found = spans(dt.datetime(2025, month, 1, tzinfo=dt.UTC), list(range(0, 32 * 24 * 60, 30)), 60)
        assert orjson.dumps(written(found, ZoneInfo(zone), 60 * MINUTE)) == orjson.dumps(
            slot_list(found, ZoneInfo(zone))
        )
