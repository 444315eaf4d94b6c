"""Hypothesis strategies for days, zones and windows."""

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bookings.scheduling import slots
from bookings.scheduling.slots import Window

ZONES = sorted(zoneinfo.available_timezones())


def window(start: str, end: str, *, day_of_week: int = 2, date: dt.date | None = None) -> Window:
    return Window(day_of_week, dt.time.fromisoformat(start), dt.time.fromisoformat(end), date)


wall_times = st.times().map(
    lambda time: time.replace(minute=time.minute // 5 * 5, second=0, microsecond=0, tzinfo=None)
)

windows_of_a_day = st.lists(
    st.tuples(wall_times, wall_times).filter(lambda ends: ends[0] < ends[1] or ends[1] == dt.time.min), max_size=3
)


def clock_changes(zone: ZoneInfo, year: int) -> list[dt.date]:
    """The dates of a year on which the zone's offset changes."""
    days = [dt.date(year, 1, 1) + number * slots.DAY for number in range(365)]
    noon = [dt.datetime.combine(day, dt.time(12), zone).utcoffset() for day in days]
    return [day for day, before, after in zip(days[1:], noon, noon[1:], strict=False) if before != after]


@st.composite
def days_in_zones(draw: st.DrawFn) -> tuple[ZoneInfo, dt.date]:
    """Any zone, and a date there: as often as not one on which the clocks change."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    changes = clock_changes(zone, draw(st.integers(2024, 2030)))
    plain = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
    return zone, draw(st.one_of(st.sampled_from(changes), plain) if changes else plain)
