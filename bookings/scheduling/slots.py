"""Interval arithmetic on time: plain Python, no Django, no clock. Instants are UTC, intervals half-open `[start, end)`.

A window is a wall-clock time span on a date: it contains every instant at which the zone's clock shows a time inside
it. So DST changes need no special rule: a skipped hour contains nothing, a repeated hour counts twice.
"""

import bisect
import datetime as dt
import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
MIDNIGHT = dt.time.min
# Clocks differ from UTC by less than this, so a date anywhere lies inside [its UTC midnight - this, the next + this).
FARTHEST_OFFSET = dt.timedelta(hours=26)
# No zone changes its clock twice within this span.
OFFSET_STEP = dt.timedelta(hours=24)
# The same days are asked for again and again, and what a clock does on them never changes while we run. Reckoning
# it takes a third of the time of a day's slots.
KEPT_DAYS = 2048
# So are the same teachers' hours on them, a tenth of the time of a month's slots; about 10 kB each.
KEPT_HOURS = 512
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_START, _END = operator.attrgetter("start"), operator.attrgetter("end")


class Span(NamedTuple):
    """The instants from `start` (included) to `end` (excluded), in UTC."""

    start: dt.datetime
    end: dt.datetime


class Window(NamedTuple):
    """Working hours: from `start` to `end` by the wall clock, each `day_of_week` (0=Monday), or only on `date`.

    An end of 00:00 is the midnight at the end of the day.
    """

    day_of_week: int
    start: dt.time
    end: dt.time
    date: dt.date | None = None

    def is_on(self, day: dt.date) -> bool:
        """Return True if the window is open on that date."""
        return day == self.date if self.date else day.weekday() == self.day_of_week


class _Clock(NamedTuple):
    """A stretch of time during which a zone's clock has one offset from UTC."""

    start: dt.datetime
    end: dt.datetime
    offset: dt.timedelta


@functools.lru_cache(maxsize=KEPT_DAYS)
def _clocks(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> tuple[_Clock, ...]:
    """Return the stretches of constant offset that make up `[start, end)`."""
    clocks: list[_Clock] = []
    at, since, offset = start, start, _offset(start, zone)
    while at < end:
        after = min(at + OFFSET_STEP, end)
        if (changed := _offset(after, zone)) != offset:
            transition = _transition(at, after, zone)
            clocks.append(_Clock(since, transition, offset))
            since, offset = transition, changed
        at = after
    return (*clocks, _Clock(since, end, offset))


def _offset(instant: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return instant.astimezone(zone).utcoffset() or dt.timedelta()


def _transition(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first second after `before` that has the offset of `after`."""
    offset = _offset(before, zone)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + dt.timedelta(seconds=middle), zone) == offset:
            low = middle
        else:
            high = middle
    return before + dt.timedelta(seconds=high)


def windows_between(first: dt.date, last: dt.date, windows: Sequence[Window], zone: ZoneInfo) -> list[Span]:
    """Return the working hours of the dates `first` to `last` (both included) in UTC, ordered by start.

    Overlapping windows are not merged: the grid of slots counts from the start of each.
    """
    return list(_windows_between(first, last, tuple(windows), zone))


@functools.lru_cache(maxsize=KEPT_HOURS)
def _windows_between(first: dt.date, last: dt.date, windows: tuple[Window, ...], zone: ZoneInfo) -> tuple[Span, ...]:
    lowest = dt.datetime.combine(first, MIDNIGHT, dt.UTC) - FARTHEST_OFFSET
    highest = dt.datetime.combine(last, MIDNIGHT, dt.UTC) + DAY + FARTHEST_OFFSET
    clocks = _clocks(lowest, highest, zone)
    weekly = [[window for window in windows if window.date is None and window.day_of_week == day] for day in range(7)]
    dated = [window for window in windows if window.date is not None]
    spans: list[Span] = []
    for number in range((last - first).days + 1):
        day = first + number * DAY
        for window in [*weekly[day.weekday()], *(window for window in dated if window.is_on(day))]:
            spans.extend(_pieces(day, window, clocks))
    return tuple(sorted(spans))


def _pieces(day: dt.date, window: Window, clocks: Sequence[_Clock]) -> list[Span]:
    """Return one window's instants on one date: one span, or more if the clocks change inside it."""
    start = dt.datetime.combine(day, window.start, dt.UTC)
    end = dt.datetime.combine(day, window.end, dt.UTC) + (DAY if window.end == MIDNIGHT else dt.timedelta())
    pieces = []
    for clock in clocks:
        piece = Span(max(start - clock.offset, clock.start), min(end - clock.offset, clock.end))
        if piece.start < piece.end:
            pieces.append(piece)
    return pieces if len(pieces) < 2 else union(pieces)


@functools.lru_cache(maxsize=KEPT_DAYS)
def days_between(first: dt.date, last: dt.date, zone: ZoneInfo) -> Span | None:
    """Return all instants of the dates `first` to `last` by the zone's clock; None if the zone skipped them all."""
    # Only the first and last day matter, unless the zone skipped one of them.
    edges = [_whole_day(day, zone) for day in sorted({first, last})]
    if not all(edges):
        edges = [_whole_day(first + number * DAY, zone) for number in range((last - first).days + 1)]
    spans = [span for edge in edges for span in edge]
    return Span(spans[0].start, spans[-1].end) if spans else None


def _whole_day(day: dt.date, zone: ZoneInfo) -> list[Span]:
    return windows_between(day, day, [Window(day.weekday(), MIDNIGHT, MIDNIGHT, day)], zone)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same instants as ordered spans that neither overlap nor touch."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def subtract(spans: Sequence[Span], busy: Iterable[Span]) -> list[Span]:
    """Return `spans` (ordered, disjoint) minus `busy` (any order), in one sweep over both."""
    free: list[Span] = []
    taken = union(busy)
    at = 0
    for start, end in spans:
        while at < len(taken) and taken[at].end <= start:
            at += 1
        ahead = at
        while ahead < len(taken) and taken[ahead].start < end:
            if start < taken[ahead].start:
                free.append(Span(start, taken[ahead].start))
            start = max(start, taken[ahead].end)
            ahead += 1
        if start < end:
            free.append(Span(start, end))
    return free


def clip(spans: Iterable[Span], earliest: dt.datetime, latest: dt.datetime) -> list[Span]:
    """Return the parts of `spans` inside `[earliest, latest)`."""
    parts = (Span(max(start, earliest), min(end, latest)) for start, end in spans)
    return [part for part in parts if part.start < part.end]


def fits(span: Span, free: Sequence[Span]) -> bool:
    """Return True if `span` lies within one of the `free` spans (ordered, disjoint)."""
    nearest = _first_that_ends_after(span.start, free)
    return nearest is not None and nearest.start <= span.start and span.end <= nearest.end


def meets(span: Span, others: Sequence[Span]) -> bool:
    """Return True if `span` overlaps one of the `others` (ordered, disjoint)."""
    nearest = _first_that_ends_after(span.start, others)
    return nearest is not None and nearest.start < span.end


def _first_that_ends_after(moment: dt.datetime, spans: Sequence[Span]) -> Span | None:
    found = bisect.bisect_right(spans, moment, key=_END)
    return spans[found] if found < len(spans) else None


def offered(
    windows: Sequence[Span], free: Sequence[Span], *, duration: dt.timedelta, interval: dt.timedelta
) -> list[Span]:
    """Return the slots of that duration that fit into `free` (ordered, disjoint) and start on a window's grid.

    A window's grid counts `interval` from the window's start. One sweep: windows and free time are both in order.
    """
    found: list[Span] = []
    first = 0
    grids = _merged(windows, interval)
    for window in grids:
        while first < len(free) and free[first].end <= window.start:
            first += 1
        found.extend(_on_grid(window, free, first, duration, interval))
    if all(window.end <= after.start for window, after in itertools.pairwise(grids)):
        return found
    # Overlapping windows may give the same slot. A set would take twice as long: datetimes are slow to hash.
    return [slot for slot, _ in itertools.groupby(sorted(found))]


def starting_within(days: Span, found: Sequence[Span]) -> Sequence[Span]:
    """Return those of the spans, which are in order, that start in `days`."""
    return found[bisect.bisect_left(found, days.start, key=_START) : bisect.bisect_left(found, days.end, key=_START)]


def _merged(windows: Sequence[Span], interval: dt.timedelta) -> list[Span]:
    """Merge windows that overlap or touch and share a grid: the work then grows with time, not with rows.

    The order by start stays. At most as many grids overlap as `interval` has minutes.
    """
    merged: list[Span] = []
    last_of: dict[dt.timedelta, int] = {}
    for window in windows:
        grid = (window.start - _EPOCH) % interval
        at = last_of.get(grid)
        if at is not None and window.start <= merged[at].end:
            merged[at] = Span(merged[at].start, max(merged[at].end, window.end))
        else:
            last_of[grid] = len(merged)
            merged.append(window)
    return merged


def _on_grid(
    window: Span, free: Sequence[Span], first: int, duration: dt.timedelta, interval: dt.timedelta
) -> Iterator[Span]:
    for start, end in free[first:]:
        if start >= window.end:
            return
        steps = max(0, -((window.start - start) // interval))
        slot = window.start + steps * interval
        while slot < window.end and (after := slot + duration) <= end:
            yield Span(slot, after)
            slot += interval
