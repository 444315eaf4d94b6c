"""A teacher's working hours, absences and other calendars around some dates, for pages that show them."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Q, Value

from accounts.models import User
from bookings.models import Availability, Booking, BusyElsewhere, TimeOff
from bookings.scheduling import slots
from bookings.scheduling.slots import DAY, Span, Window
from wall_clock import zones


class Absence(NamedTuple):
    span: Span
    reason: str


class TeachersTime(NamedTuple):
    zone: ZoneInfo
    windows: Sequence[Window]
    absences: Sequence[Absence]
    busy: Sequence[Span] = ()

    def open(self, first: dt.date, last: dt.date) -> list[Span]:
        """Return the working hours of the dates, both included."""
        return slots.union(slots.windows_between(first, last, self.windows, self.zone))

    def away(self) -> list[Span]:
        return slots.union(absence.span for absence in self.absences)

    def blocked(self) -> list[Span]:
        """Return when nothing can be booked: absences, and busy times of other calendars."""
        return slots.union([*self.away(), *self.busy])

    def open_length(self, first: dt.date, last: dt.date) -> dt.timedelta:
        """Return how much of the dates is open, without absences."""
        return total(slots.subtract(self.open(first, last), self.away()))

    def is_outside(self, session: Span) -> bool:
        """Return True unless the session lies within the working hours."""
        first, last = (moment.astimezone(self.zone).date() for moment in session)
        return not slots.fits(session, self.open(first - DAY, last + DAY))

    def is_blocked(self, session: Span) -> bool:
        return slots.meets(session, self.blocked())


def total(spans: Sequence[Span]) -> dt.timedelta:
    return sum((span.end - span.start for span in spans), dt.timedelta())


def span_of(booking: Booking) -> Span:
    return Span(booking.start_time, booking.end_time)


def read(teacher: User, first: dt.date, last: dt.date | None = None) -> TeachersTime:
    """Read the teacher's time from `first` to `last` (None: without end) in two queries."""
    zone = zones.load(teacher.timezone)
    hours = Q(date=None) | (Q(date__gte=first - DAY) & (Q(date__lte=last + DAY) if last else Q()))
    windows = Availability.objects.filter(hours, teacher=teacher)
    around = Q(teacher=teacher, end_time__gt=_midnight(first, zone))
    if last is not None:
        around &= Q(start_time__lt=_midnight(last + DAY, zone))
    blocked = _blocked(around)
    return TeachersTime(
        zone,
        [Window(row.day_of_week, row.start_time, row.end_time, row.date) for row in windows],
        [Absence(Span(start, end), reason) for start, end, reason, is_absence in blocked if is_absence],
        slots.union(Span(start, end) for start, end, _, is_absence in blocked if not is_absence),
    )


def _blocked(around: Q) -> list[tuple[dt.datetime, dt.datetime, str, bool]]:
    """Return absences with their reasons, and busy times of other calendars, in one query."""
    is_absence, is_elsewhere = (Value(flag, output_field=BooleanField()) for flag in (True, False))
    absences = TimeOff.objects.filter(around).order_by().values_list("start_time", "end_time", "reason", is_absence)
    busy = BusyElsewhere.objects.filter(around).order_by()
    elsewhere = busy.values_list("start_time", "end_time", Value(""), is_elsewhere)
    return sorted(absences.union(elsewhere, all=True))


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, zone).astimezone(dt.UTC)
