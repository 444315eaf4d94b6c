"""The first slot of each of several teachers, in two queries for all."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import BooleanField, Q, Value

from accounts.models import User
from bookings.models import LONGEST_BLOCK, Availability, Booking, BusyElsewhere, TimeOff
from bookings.scheduling import calendar, slots
from bookings.scheduling.slots import DAY, Span, Window
from bookings.working_hours import LONGEST_BUSY
from wall_clock import zones

MOST_DAYS = 92
# Most teachers have a free slot within the first days, so days are computed in chunks of this size.
STEP = 7 * DAY


class Known(NamedTuple):
    """A teacher's windows, and the taken time of the days ahead."""

    windows: list[Window]
    bookings: list[Span]
    absences: list[Span]


def first_slots(
    teacher_ids: Sequence[uuid.UUID],
    *,
    first: dt.date | None,
    timezone: str | None,
    duration: dt.timedelta,
    now: dt.datetime,
) -> list[tuple[User, Span | None]]:
    """Return each teacher with the first slot that starts on the date `first` or later, if one does within 92 days.

    The date is by the clock of `timezone`, or by the teacher's own; None: from `now` on. In the order of the ids;
    unknown ids are skipped.
    """
    found = User.objects.teachers().filter(pk__in=teacher_ids).select_related("profile").in_bulk()
    teachers = [found[pk] for pk in teacher_ids if pk in found]
    starts = {teacher.pk: _start(first, timezone or teacher.timezone, now) for teacher in teachers}
    if not teachers:
        return []
    known = _known(list(found), min(starts.values()), max(starts.values()) + MOST_DAYS * DAY)
    return [
        (teacher, _first(teacher, known[teacher.pk], starts[teacher.pk], duration=duration, now=now))
        for teacher in teachers
    ]


def _start(first: dt.date | None, timezone: str, now: dt.datetime) -> dt.datetime:
    if first is None:
        return now
    return max(now, dt.datetime.combine(first, dt.time.min, zones.load(timezone)).astimezone(dt.UTC))


def _known(teacher_ids: Sequence[uuid.UUID], start: dt.datetime, end: dt.datetime) -> dict[uuid.UUID, Known]:
    known: dict[uuid.UUID, Known] = defaultdict(lambda: Known([], [], []))
    on_dates = Q(date=None) | Q(date__range=(start.date() - 2 * DAY, end.date() + 2 * DAY))
    windows = Availability.objects.filter(on_dates, teacher__in=teacher_ids)
    for row in windows.values_list("teacher", "day_of_week", "start_time", "end_time", "date"):
        known[row[0]].windows.append(Window(*row[1:]))
    until = end + LONGEST_BLOCK
    bookings = Booking.objects.filter(teacher__in=teacher_ids).within(start, until, since=start - LONGEST_BLOCK)
    absences = TimeOff.objects.filter(teacher__in=teacher_ids, end_time__gt=start, start_time__lt=until)
    busy = BusyElsewhere.objects.filter(teacher__in=teacher_ids).within(start, until, since=start - LONGEST_BUSY)
    is_booking, is_absence = (Value(flag, output_field=BooleanField()) for flag in (True, False))
    taken = (
        bookings.order_by()
        .values_list("teacher", "start_time", "blocked_until", is_booking)
        .union(
            *(
                rows.order_by().values_list("teacher", "start_time", "end_time", is_absence)
                for rows in (absences, busy)
            ),
            all=True,
        )
    )
    for teacher, begins, ends, booked in taken:
        (known[teacher].bookings if booked else known[teacher].absences).append(Span(begins, ends))
    return known


def _first(teacher: User, known: Known, start: dt.datetime, *, duration: dt.timedelta, now: dt.datetime) -> Span | None:
    limits = calendar.bookable(teacher, now)
    latest = min(limits.end, start + MOST_DAYS * DAY)
    rules, zone = teacher.rules, zones.load(teacher.timezone)
    buffer, interval = dt.timedelta(minutes=rules.buffer_minutes), dt.timedelta(minutes=rules.slot_interval_minutes)
    # A new session keeps its own buffer after it, so free time ends that much before a booking.
    busy = slots.union([*known.absences, *(Span(begins - buffer, ends) for begins, ends in known.bookings)])
    for part in _parts(max(start, limits.start), latest if known.windows else start):
        first, last = (end.astimezone(zone).date() for end in part)
        windows = slots.windows_between(first - DAY, last + DAY, known.windows, zone)
        reach = Span(part.start, min(part.end + duration, latest))
        free = slots.subtract(slots.clip(slots.union(windows), *reach), busy)
        if offered := slots.offered(windows, free, duration=duration, interval=interval):
            return offered[0]
    return None


def _parts(start: dt.datetime, end: dt.datetime) -> Iterator[Span]:
    while start < end:
        yield Span(start, min(start + STEP, end))
        start += STEP
