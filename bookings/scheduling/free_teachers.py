"""Which teachers can be booked at a given instant, in one query for all."""

import datetime as dt
import uuid
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import MAX_BUFFER_MINUTES, Role, TeacherProfile
from bookings.models import LONGEST_BLOCK, Availability, Booking, BusyElsewhere, TimeOff
from bookings.scheduling import calendar, slots
from bookings.scheduling.slots import DAY, Span, Window
from bookings.working_hours import LONGEST_BUSY
from wall_clock import zones

_RULES = ("minimum_notice_minutes", "horizon_days", "buffer_minutes")


class _Row(NamedTuple):
    """One window of a teacher, with everything else that the result depends on."""

    teacher: uuid.UUID
    zone: str
    minimum_notice_minutes: int | None
    horizon_days: int | None
    buffer_minutes: int | None
    next_session: dt.datetime | None
    day_of_week: int
    start: dt.time
    end: dt.time
    date: dt.date | None

    @property
    def window(self) -> Window:
        return Window(*self[-4:])

    @property
    def rules(self) -> TeacherProfile:
        return TeacherProfile(**{name: getattr(self, name) for name in _RULES if getattr(self, name) is not None})


def free_teachers(start: dt.datetime, *, duration: dt.timedelta, now: dt.datetime) -> list[uuid.UUID]:
    """Return the teachers with whom a session of that length can be booked at `start`."""
    span = Span(start, start + duration)
    rows = (_Row(*row) for row in _windows_around(span))
    return [teacher for teacher, own in groupby(rows, key=lambda row: row.teacher) if _is_free(list(own), span, now)]


def _windows_around(span: Span) -> "QuerySet[Availability, Any]":
    """Return windows near the span of teachers who are neither away nor in another session then."""
    # No zone is further than a day from UTC.
    days = [span.start.date() + number * DAY for number in range(-1, 3)]
    near = Q(date=None, day_of_week__in={day.weekday() for day in days}) | Q(date__in=days)
    away = TimeOff.objects.filter(teacher=OuterRef("teacher"), start_time__lt=span.end, end_time__gt=span.start)
    elsewhere = BusyElsewhere.objects.filter(teacher=OuterRef("teacher")).within(*span, since=span.start - LONGEST_BUSY)
    sessions = Booking.objects.filter(teacher=OuterRef("teacher"))
    busy = sessions.within(*span, since=span.start - LONGEST_BLOCK)
    soon = (
        sessions.not_ended()
        .filter(start_time__gte=span.end, start_time__lt=span.end + dt.timedelta(minutes=MAX_BUFFER_MINUTES))
        .order_by("start_time")
    )
    return (
        Availability.objects.filter(near, ~Exists(away), ~Exists(elsewhere), ~Exists(busy), teacher__role=Role.TEACHER)
        .filter(teacher__is_active=True)
        .order_by("teacher_id")
        .values_list(
            *("teacher_id", "teacher__timezone", *(f"teacher__profile__{rule}" for rule in _RULES)),
            Subquery(soon.values("start_time")[:1]),
            *("day_of_week", "start_time", "end_time", "date"),
        )
    )


def _is_free(rows: list[_Row], span: Span, now: dt.datetime) -> bool:
    rules, next_session = rows[0].rules, rows[0].next_session
    limits = calendar.bookable_by(rules, now)
    if span.start < limits.start or span.end > limits.end:
        return False
    if next_session is not None and next_session < span.end + dt.timedelta(minutes=rules.buffer_minutes):
        return False
    return slots.fits(span, _hours([row.window for row in rows], span, zones.load(rows[0].zone)))


def _hours(windows: list[Window], span: Span, zone: ZoneInfo) -> list[Span]:
    first, last = (end.astimezone(zone).date() for end in span)
    return slots.union(slots.windows_between(first - DAY, last + DAY, windows, zone))
