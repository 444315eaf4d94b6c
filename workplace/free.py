"""Free time for the teacher: ignoring the minimum notice and the session that is moved."""

import datetime as dt
import uuid
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import MAX_DURATION_MINUTES, Booking
from bookings.scheduling import calendar, slots, timetable
from bookings.scheduling.reasons import Obstacles, Reason
from bookings.scheduling.slots import DAY, Span
from wall_clock import zones
from workplace import time
from workplace.time import span_of

DAYS = 7


class FreeDay(NamedTuple):
    date: dt.date
    starts: list[dt.datetime]


class Wish(NamedTuple):
    """Whose session, how long, and which booking it moves (none: `timetable.NOTHING`)."""

    teacher: User
    student_id: uuid.UUID | None
    duration: dt.timedelta
    ignoring: uuid.UUID = timetable.NOTHING


def free_days(wish: Wish, first: dt.date, *, now: dt.datetime) -> list[FreeDay]:
    """Return the free starts of `first` and the six days after it, by the teacher's clock."""
    zone, teacher = zones.load(wish.teacher.timezone), wish.teacher
    last = first + (DAYS - 1) * DAY
    days = slots.days_between(first, last, zone)
    if days is None:
        return []
    reach = Span(days.start, days.end + wish.duration)
    stored = timetable.of(teacher, timetable.on_dates(first, last), ignoring=wish.ignoring)
    windows, free = calendar.hours(stored, reach, now=now, by_teacher=True)
    free = slots.subtract(free, _students_sessions(wish, reach))
    interval = dt.timedelta(minutes=teacher.rules.slot_interval_minutes)
    found = [slot.start for slot in slots.offered(windows, free, duration=wish.duration, interval=interval)]
    return [
        FreeDay(date, [start for start in found if start.astimezone(zone).date() == date])
        for date in (first + number * DAY for number in range(DAYS))
    ]


def _students_sessions(wish: Wish, span: Span) -> list[Span]:
    if wish.student_id is None:
        return []
    longest = dt.timedelta(minutes=MAX_DURATION_MINUTES)
    live = Booking.objects.filter(
        student_id=wish.student_id, start_time__gt=span.start - longest, start_time__lt=span.end
    ).live()
    return [span_of(booking) for booking in live.exclude(id=wish.ignoring)]


def why_not(wish: Wish, session: Span, *, now: dt.datetime) -> str:
    """Return why this session was refused."""
    zone = zones.load(wish.teacher.timezone)
    first, last = (moment.astimezone(zone).date() for moment in session)
    theirs = time.read(wish.teacher, first - DAY, last + DAY)
    longest = dt.timedelta(minutes=MAX_DURATION_MINUTES)
    taught = Booking.objects.filter(
        teacher=wish.teacher, start_time__gt=session.start - longest, start_time__lt=session.end
    ).live()
    reason = Obstacles(
        now=now,
        bookable=calendar.bookable(wish.teacher, now, by_teacher=True),
        hours=theirs.open(first - DAY, last + DAY),
        time_off=theirs.blocked(),
        booked=slots.union(span_of(booking) for booking in taught.exclude(id=wish.ignoring)),
        free=[],
    ).reason(session)
    if reason == Reason.BUFFER and slots.meets(session, slots.union(_students_sessions(wish, session))):
        return _("The student has another session then.")
    return _words(reason)


def _words(reason: Reason) -> str:
    return {
        Reason.PAST: _("This time has passed."),
        Reason.OUTSIDE_HOURS: _("This is outside the working hours. To take it all the same, tick the box."),
        Reason.HORIZON: _("This is further ahead than the profile takes bookings."),
        Reason.TIME_OFF: _("The teacher is away or busy elsewhere. To take it all the same, tick the box."),
        Reason.BOOKED: _("There is another session then."),
    }.get(reason, _("This comes too close to another session."))
