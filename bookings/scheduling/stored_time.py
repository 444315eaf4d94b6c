"""A teacher's time as the database has it: all that free slots are computed from, and a key to keep them by."""

import datetime as dt
import functools
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.scheduling.slots import Span, Window
from database.rows import instant, read_rows
from wall_clock import zones

# As many as requests are worked on at once: within one, the rows are needed several times.
KEPT_TIMES = 32
# Of `database.rows.Rows`: windows, bookings, absences, and busy times of other calendars.
Columns = tuple[str | None, str | None, str | None, str | None]


class Booked(NamedTuple):
    """A live booking of the teacher."""

    start: dt.datetime
    end: dt.datetime
    blocked_until: dt.datetime


class _Times(NamedTuple):
    windows: tuple[Window, ...]
    booked: tuple[Booked, ...]
    time_off: tuple[Span, ...]


class StoredTime(NamedTuple):
    """The rows as they were read, and the rules that slots depend on. Equal ones have equal slots."""

    columns: Columns
    timezone: str
    buffer_minutes: int
    slot_interval_minutes: int

    @property
    def windows(self) -> tuple[Window, ...]:
        return _times(self.columns).windows

    @property
    def booked(self) -> tuple[Booked, ...]:
        return _times(self.columns).booked

    @property
    def time_off(self) -> tuple[Span, ...]:
        return _times(self.columns).time_off

    @property
    def zone(self) -> ZoneInfo:
        return zones.load(self.timezone)

    @property
    def buffer(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.buffer_minutes)

    @property
    def slot_interval(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.slot_interval_minutes)


@functools.lru_cache(maxsize=KEPT_TIMES)
def _times(columns: Columns) -> _Times:
    windows, booked, absences, busy = map(read_rows, columns)
    return _Times(
        tuple(_window(*row) for row in windows),
        tuple(Booked(*map(instant, times)) for times in booked),
        tuple(Span(*map(instant, times)) for times in (*absences, *busy)),
    )


def _window(day_of_week: int, start: str, end: str, date: str | None) -> Window:
    day = None if date is None else dt.date.fromisoformat(date)
    return Window(day_of_week, dt.time.fromisoformat(start), dt.time.fromisoformat(end), day)
