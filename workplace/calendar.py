"""A teacher's week as its page shows it: open hours, absences, other calendars, bookings and changes of the clock."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import MAX_DURATION_MINUTES, Booking
from bookings.scheduling.slots import DAY, Span
from wall_clock import zones
from workplace import time
from workplace.history import state_words
from workplace.moments import clock
from workplace.states import SHOWN
from workplace.time import TeachersTime, span_of
from workplace.week import Axis, Day, Part, Place, days_of, parts

# Shown at least: eight to seven.
FIRST_HOUR, LAST_HOUR = 8, 19


class Item(NamedTuple):
    """An item on a day; `times` are those of the whole, even if it spans several days."""

    kind: str
    place: Place
    times: str
    words: str
    address: str
    start: dt.datetime | None = None
    note: str = ""

    @property
    def classes(self) -> str:
        return f"{self.kind} {self.place.classes}"


class Column(NamedTuple):
    date: dt.date
    is_today: bool
    items: list[Item]

    @property
    def is_empty(self) -> bool:
        return not any(item.start for item in self.items)


class Mark(NamedTuple):
    place: Place
    hour: dt.time
    is_again: bool


class Week:
    def __init__(self, teacher: User, monday: dt.date, *, now: dt.datetime) -> None:
        self.teacher, self.monday, self.sunday = teacher, monday, monday + 6 * DAY
        self.zone = zones.load(teacher.timezone)
        self.today = now.astimezone(self.zone).date()
        self.days = days_of(monday, self.zone)
        self.axis = Axis(self.days)
        self.time: TeachersTime = time.read(teacher, monday, self.sunday)
        self.bookings = bookings_of(teacher, monday, self.sunday)
        self.columns = [Column(day.date, day.date == self.today, self._items(day)) for day in self.days]

    @property
    def has_hours(self) -> bool:
        return bool(self.time.windows)

    @property
    def first_hour(self) -> int:
        return min([FIRST_HOUR, *(place.start // 60 for place in self._timed())])

    @property
    def last_hour(self) -> int:
        return max([LAST_HOUR, *(-(-place.end // 60) for place in self._timed())])

    @property
    def marks(self) -> list[Mark]:
        """The hour marks at the side."""
        shown = self.axis.hours(self.first_hour, self.last_hour)
        return [Mark(*mark) for mark in shown if mark[0].start >= self.first_hour * 60]

    def _timed(self) -> list[Place]:
        return [
            item.place
            for column in self.columns
            for item in column.items
            if item.start and item.kind not in ("away", "elsewhere")
        ]

    def _items(self, day: Day) -> list[Item]:
        timed = [*self._open(day), *self._away(day), *self._elsewhere(day), *self._booked(day)]
        # Where items overlap, bookings are above blocks, and blocks above open hours; lists are sorted by start.
        return [*self._clock(day), *sorted(timed, key=lambda item: (item.start, ORDER.get(item.kind, 3)))]

    def _open(self, day: Day) -> Iterator[Item]:
        for part in parts(self.time.open(day.date - DAY, day.date + DAY), day, self.axis):
            address = f"{_day_page(day)}?from={clock(part.span.start)}&to={clock(part.span.end)}"
            yield Item("open", part.place, _times(part.span), _("Open"), address, part.span.start)

    def _away(self, day: Day) -> Iterator[Item]:
        for absence in self.time.absences:
            for part in parts([absence.span], day, self.axis):
                times, address = _part_times(part, absence.span), _day_page(day)
                yield Item("away", part.place, times, _("Away"), address, part.span.start, absence.reason)

    def _elsewhere(self, day: Day) -> Iterator[Item]:
        for span in self.time.busy:
            for part in parts([span], day, self.axis):
                times, address = _part_times(part, span), _day_page(day)
                yield Item("elsewhere", part.place, times, _("Busy elsewhere"), address, part.span.start)

    def _booked(self, day: Day) -> Iterator[Item]:
        for booking in self.bookings:
            for part in parts([span_of(booking)], day, self.axis):
                words = f"{booking.student}, {state_words(booking).lower()}"
                if part.begins_before:
                    words = _("%(session)s, since the day before") % {"session": words}
                address = reverse("admin:booking", args=[booking.id])
                yield Item(
                    booking.status.lower(), part.place, _times(span_of(booking)), words, address, part.span.start
                )

    def _clock(self, day: Day) -> Iterator[Item]:
        """What the clock does not show on this day."""
        for gap in day.skipped():
            yield Item("gap", self.axis.place_of(gap), "", _("The clock skips this time"), "")
        if self.axis.second_time and not day.repeated():
            yield Item("gap again", self.axis.second_time, "", "", "")


ORDER = {"open": 0, "away": 1, "elsewhere": 2}


def _day_page(day: Day) -> str:
    return reverse("admin:calendar-day", args=[day.date.isoformat()])


def _times(span: Span) -> str:
    return f"{clock(span.start)}–{clock(span.end)}"


def _part_times(part: Part, whole: Span) -> str:
    """Return the times of the part; empty for a whole day."""
    return (
        "" if part.begins_before and part.ends_after else _times(part.span if whole.end - whole.start > DAY else whole)
    )


def bookings_of(teacher: User, first: dt.date, last: dt.date) -> list[Booking]:
    """Return the sessions of the dates and those that reach into them, without what was cancelled."""
    zone = zones.load(teacher.timezone)
    start, end = (dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC) for day in (first, last + DAY))
    longest = dt.timedelta(minutes=MAX_DURATION_MINUTES)
    rows = Booking.objects.filter(
        teacher=teacher, status__in=SHOWN, start_time__gt=start - longest, start_time__lt=end, end_time__gt=start
    )
    return list(rows.select_related("student").order_by("start_time"))
