"""All teachers' week, and the school's statistics. The number of queries is independent of the teachers."""

import datetime as dt
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import User
from bookings.models import Availability, Booking, BookingChange, MeetingSync, TimeOff
from bookings.scheduling.slots import DAY, Span, Window
from bookings.states import Move, Status
from outbox.querysets import Backlog
from wall_clock import zones
from workplace.states import ABSENT, HELD, SHOWN
from workplace.time import Absence, TeachersTime, span_of, total

WEEKS = 8


class Chip(NamedTuple):
    booking: Booking
    time: str


class Row(NamedTuple):
    teacher: User
    days: list[tuple[dt.date, list[Chip]]]
    booked: dt.timedelta
    open: dt.timedelta


def week_of_all(monday: dt.date, *, zone: ZoneInfo | None) -> list[Row]:
    """Return every teacher's week. `zone`: the zone of the times; None: each teacher's own."""
    teachers = list(User.objects.teachers().order_by("first_name", "last_name", "id"))
    times = _times(teachers, monday, monday + 6 * DAY)
    bookings = defaultdict(list)
    for booking in _around(monday, monday + 6 * DAY, SHOWN).select_related("student"):
        bookings[booking.teacher_id].append(booking)
    return [_row(teacher, times[teacher.pk], bookings[teacher.pk], monday, zone) for teacher in teachers]


def by_day(rows: list[Row]) -> list[tuple[dt.date, list[tuple[Chip, User]]]]:
    """Return the same sessions by day, in order of the displayed times."""
    days: dict[dt.date, list[tuple[Chip, User]]] = {}
    for row in rows:
        for date, chips in row.days:
            days.setdefault(date, []).extend((chip, row.teacher) for chip in chips)
    return [(date, sorted(found, key=lambda pair: pair[0].time)) for date, found in days.items()]


def _row(teacher: User, time: TeachersTime, bookings: list[Booking], monday: dt.date, zone: ZoneInfo | None) -> Row:
    chips: dict[dt.date, list[Chip]] = {monday + number * DAY: [] for number in range(7)}
    held = []
    for booking in bookings:
        if booking.status in HELD and monday <= booking.start_time.astimezone(time.zone).date() < monday + 7 * DAY:
            held.append(span_of(booking))
        local = booking.start_time.astimezone(zone or time.zone)
        if local.date() in chips:
            chips[local.date()].append(Chip(booking, f"{local:%H:%M}"))
    return Row(teacher, list(chips.items()), total(held), time.open_length(monday, monday + 6 * DAY))


def _around(first: dt.date, last: dt.date, statuses: Iterable[str]) -> Any:
    """Return the bookings that start on one of the dates by anybody's clock, in order."""
    start = dt.datetime.combine(first - DAY, dt.time.min, dt.UTC)
    end = dt.datetime.combine(last + 2 * DAY, dt.time.min, dt.UTC)
    return Booking.objects.filter(start_time__gte=start, start_time__lt=end, status__in=statuses).order_by("start_time")


def _times(teachers: list[User], first: dt.date, last: dt.date) -> dict[Any, TeachersTime]:
    """Return each teacher's hours and absences of the dates, in two queries."""
    windows, absences = defaultdict(list), defaultdict(list)
    dates = Q(date=None) | Q(date__gte=first - DAY, date__lte=last + DAY)
    for row in Availability.objects.filter(dates):
        windows[row.teacher_id].append(Window(row.day_of_week, row.start_time, row.end_time, row.date))
    start = dt.datetime.combine(first - DAY, dt.time.min, dt.UTC)
    end = dt.datetime.combine(last + 2 * DAY, dt.time.min, dt.UTC)
    for away in TimeOff.objects.filter(start_time__lt=end, end_time__gt=start):
        absences[away.teacher_id].append(Absence(Span(away.start_time, away.end_time), away.reason))
    return {
        teacher.pk: TeachersTime(zones.load(teacher.timezone), windows[teacher.pk], absences[teacher.pk])
        for teacher in teachers
    }


# --- Figures ----------------------------------------------------------------------------------------------------------


class Week(NamedTuple):
    """One week in figures. `rate`: the share of that week's requests that were confirmed; `answer`: the median wait."""

    monday: dt.date
    requests: int
    sessions: int
    rate: float | None
    answer: dt.timedelta | None
    cancellations: int
    absences: int
    booked: dt.timedelta
    open: dt.timedelta

    @property
    def percent(self) -> int | None:
        return None if self.rate is None else round(self.rate * 100)


def weeks(monday: dt.date, zone: ZoneInfo) -> list[Week]:
    """Return the eight weeks that end with the one of `monday`, by the clock of `zone`."""
    mondays = [monday - number * 7 * DAY for number in reversed(range(WEEKS))]
    start, end = (dt.datetime.combine(day, dt.time.min, zone) for day in (mondays[0], monday + 7 * DAY))
    fields = ("id", "created_at", "start_time", "end_time", "status", "outcome")
    rows = Booking.objects.filter(
        Q(created_at__gte=start, created_at__lt=end) | Q(start_time__gte=start, start_time__lt=end)
    ).values_list(*fields, named=True)
    figures = _Figures(zone)
    changes = BookingChange.objects.filter(
        at__gte=start, at__lt=end, move__in=(Move.CONFIRM, Move.CANCEL, Move.DECLINE)
    ).values_list("booking_id", "move", "at", "booking__created_at")
    figures.read(list(rows), list(changes))
    teachers = list(User.objects.teachers())
    times = _times(teachers, mondays[0], monday + 6 * DAY)
    return [
        figures.week(day, sum((time.open_length(day, day + 6 * DAY) for time in times.values()), dt.timedelta()))
        for day in mondays
    ]


class _Figures:
    """The bookings and their changes, sorted by weeks."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.asked: Counter[dt.date] = Counter()
        self.answered: Counter[dt.date] = Counter()
        self.confirmed: Counter[dt.date] = Counter()
        self.sessions: Counter[dt.date] = Counter()
        self.cancelled: Counter[dt.date] = Counter()
        self.absent: Counter[dt.date] = Counter()
        self.booked: defaultdict[dt.date, dt.timedelta] = defaultdict(dt.timedelta)
        self.waits: defaultdict[dt.date, list[dt.timedelta]] = defaultdict(list)

    def read(self, rows: list[Any], changes: list[Any]) -> None:
        confirmed = {booking for booking, move, *_ in changes if move == Move.CONFIRM}
        for row in rows:
            asked, starts = self._monday(row.created_at), self._monday(row.start_time)
            self.asked[asked] += 1
            self.answered[asked] += row.status != Status.PENDING
            self.confirmed[asked] += row.status in HELD or row.id in confirmed
            if row.status in HELD:
                self.sessions[starts] += 1
                self.booked[starts] += row.end_time - row.start_time
                self.absent[starts] += row.outcome in ABSENT
        for _booking, move, at, created_at in changes:
            if move == Move.CONFIRM:
                self.waits[self._monday(at)].append(at - created_at)
            else:
                self.cancelled[self._monday(at)] += 1

    def week(self, monday: dt.date, is_open: dt.timedelta) -> Week:
        answered, waits = self.answered[monday], self.waits[monday]
        return Week(
            monday=monday,
            requests=self.asked[monday],
            sessions=self.sessions[monday],
            rate=self.confirmed[monday] / answered if answered else None,
            answer=statistics.median_low(waits) if waits else None,
            cancellations=self.cancelled[monday],
            absences=self.absent[monday],
            booked=self.booked[monday],
            open=is_open,
        )

    def _monday(self, moment: dt.datetime) -> dt.date:
        date = moment.astimezone(self.zone).date()
        return date - date.weekday() * DAY


def zoom_backlog(*, now: dt.datetime) -> Backlog:
    return MeetingSync.objects.backlog(now)


class Bar(NamedTuple):
    """A bar of the chart, in the units of its picture."""

    x: int
    y: int
    width: int
    height: int
    label: str
    number: int


CHART_HEIGHT, BAR_WIDTH, BAR_STEP = 120, 44, 60


def bars(figures: list[Week], label: Any) -> list[Bar]:
    """Return a bar for the sessions of each week, the highest as high as the chart."""
    most = max([1, *(week.sessions for week in figures)])
    return [
        Bar(
            x=number * BAR_STEP + 8,
            y=CHART_HEIGHT - (height := round(week.sessions / most * CHART_HEIGHT)) + 20,
            width=BAR_WIDTH,
            height=height,
            label=label(week.monday),
            number=week.sessions,
        )
        for number, week in enumerate(figures)
    ]
