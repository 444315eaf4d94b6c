"""Layout of a week's calendar: plain Python, no Django, no clock.

The axis is the wall clock, in minutes from midnight. An hour that the clock shows twice on one day of the week has two
places on the axis of all its days; an hour that is skipped keeps its place and is empty.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.scheduling import slots
from bookings.scheduling.slots import DAY, MIDNIGHT, Span, Window

MINUTE = dt.timedelta(minutes=1)
MINUTES_OF_DAY = 24 * 60
ROW = 5


class Stretch(NamedTuple):
    """From `start` to `end` by the wall clock, in minutes from midnight."""

    start: int
    end: int


class Place(NamedTuple):
    """A position on the axis; `start` and `end` in minutes."""

    start: int
    end: int

    @property
    def classes(self) -> str:
        """The names of the style sheet's rules for the rows from `start` to `end`, in steps of five minutes."""
        first, last = self.start // ROW, -(-self.end // ROW)
        return f"from-h{first // 12} from-m{first % 12 * ROW} to-h{last // 12} to-m{last % 12 * ROW}"


class Part(NamedTuple):
    """The part of a span that lies on one day."""

    place: Place
    span: Span
    begins_before: bool
    ends_after: bool


class Day:
    """One date of a zone: the instants at which its clock shows that date."""

    def __init__(self, date: dt.date, zone: ZoneInfo) -> None:
        self.date, self.zone = date, zone
        self.spans = slots.windows_between(date, date, [Window(date.weekday(), MIDNIGHT, MIDNIGHT, date)], zone)

    def shown(self) -> list[Stretch]:
        """Return what the clock shows, in the order in which it does: more than one stretch where it changes."""
        return [self._stretch(piece) for span in self.spans for piece in self._pieces(span)]

    def skipped(self) -> list[Stretch]:
        """Return what the clock does not show on this date."""
        gaps, at = [], 0
        for stretch in sorted(self.shown()):
            if stretch.start > at:
                gaps.append(Stretch(at, stretch.start))
            at = max(at, stretch.end)
        return [*gaps, Stretch(at, MINUTES_OF_DAY)] if at < MINUTES_OF_DAY else gaps

    def repeated(self) -> Stretch | None:
        """Return what the clock shows twice."""
        shown = self.shown()
        for first, second in pairwise(shown):
            if second.start < first.end:
                return Stretch(second.start, first.end)
        return None

    def _pieces(self, span: Span) -> Iterator[Span]:
        """Return the span, split where the UTC offset changes. No zone changes its clock twice a day."""
        before, after = self._offset(span.start), self._offset(span.end - MINUTE)
        if before == after:
            yield span
            return
        low, high = 0, (span.end - span.start) // MINUTE - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(span.start + middle * MINUTE) == before else (low, middle)
        change = span.start + high * MINUTE
        yield Span(span.start, change)
        yield Span(change, span.end)

    def _offset(self, instant: dt.datetime) -> dt.timedelta:
        return instant.astimezone(self.zone).utcoffset() or dt.timedelta()

    def _stretch(self, piece: Span) -> Stretch:
        start = minute_of(piece.start.astimezone(self.zone))
        return Stretch(start, start + (piece.end - piece.start) // MINUTE)


class Axis:
    """The wall clock of some days, from top to bottom."""

    def __init__(self, days: Sequence[Day]) -> None:
        self.repeated = next((repeated for day in days if (repeated := day.repeated())), None)

    @property
    def second_time(self) -> Place | None:
        """Return the place of what the clock shows for the second time."""
        if self.repeated is None:
            return None
        return Place(self.repeated.end, self.repeated.end + self.repeated.end - self.repeated.start)

    def place(self, span: Span, zone: ZoneInfo) -> Place:
        """Return the place of a span that lies on one day."""
        return Place(self._at(span.start.astimezone(zone)), self._at((span.end - MINUTE).astimezone(zone)) + 1)

    def place_of(self, stretch: Stretch) -> Place:
        """Return the place of a stretch of the wall clock that is not shown twice."""
        return Place(self._shifted(stretch.start), self._shifted(stretch.end - 1) + 1)

    def _at(self, local: dt.datetime) -> int:
        minute = minute_of(local)
        if self.repeated and local.fold and self.repeated.start <= minute < self.repeated.end:
            return minute + self.repeated.end - self.repeated.start
        return self._shifted(minute)

    def _shifted(self, minute: int) -> int:
        if self.repeated and minute >= self.repeated.end:
            return minute + self.repeated.end - self.repeated.start
        return minute

    def hours(self, first: int, last: int) -> list[tuple[Place, dt.time, bool]]:
        """Return a mark for each full hour of the wall clock from `first` to `last`, and whether it comes again."""
        marks = []
        for hour in range(first, min(last, 24)):
            start = self._shifted(hour * 60)
            marks.append((Place(start, start + 60), dt.time(hour), False))
        if self.repeated and self.second_time and self.repeated.start % 60 == 0:
            marks.append((self.second_time, dt.time(self.repeated.start // 60), True))
        return sorted(marks)


def minute_of(local: dt.datetime) -> int:
    return local.hour * 60 + local.minute


def parts(spans: Iterable[Span], day: Day, axis: Axis) -> list[Part]:
    """Return the parts of the spans that lie on the day."""
    return [
        Part(axis.place(piece, day.zone), piece, span.start < piece.start, piece.end < span.end)
        for span in spans
        for whole in day.spans
        for piece in slots.clip([span], *whole)
    ]


def days_of(monday: dt.date, zone: ZoneInfo) -> list[Day]:
    return [Day(monday + number * DAY, zone) for number in range(7)]
