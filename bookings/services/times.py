"""What requesting and rescheduling a session have in common: its time, and that nobody has another one then."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import IntegrityError

from accounts.models import User
from bookings.constraints import violated
from bookings.errors import Invalid, SlotUnavailable
from bookings.models import LONGEST_BLOCK, NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP, Booking
from bookings.scheduling import calendar
from bookings.scheduling.slots import Span
from bookings.scheduling.timetable import Timetable
from wall_clock import instants, zones


def span_of(teacher: User, start: dt.datetime, duration: int) -> Span:
    """Return the span in UTC; a start without an offset is read by the teacher's clock.

    `duration` is in minutes. Raises Invalid or SlotUnavailable.
    """
    try:
        if start.tzinfo is None:
            start = instants.instant(start, zones.load(teacher.timezone))
        return Span(start.astimezone(dt.UTC), start.astimezone(dt.UTC) + dt.timedelta(minutes=duration))
    except instants.SkippedTime as error:
        raise Invalid("start_time", error.advice) from error
    except OverflowError as error:
        raise SlotUnavailable from error


def blocked_until(teacher: User, span: Span) -> dt.datetime:
    return span.end + dt.timedelta(minutes=teacher.rules.buffer_minutes)


def check_free(
    timetable: Timetable, student_id: uuid.UUID, span: Span, *, now: dt.datetime, ignoring: uuid.UUID
) -> None:
    """Raise SlotUnavailable unless teacher and student are free then; `ignoring` is a booking of theirs, or NOTHING."""
    if not calendar.is_free(timetable, span, now=now) or _is_busy(student_id, span, ignoring):
        raise SlotUnavailable


def _is_busy(student_id: uuid.UUID, span: Span, ignoring: uuid.UUID) -> bool:
    own = Booking.objects.filter(student_id=student_id).live().within(*span, since=span.start - LONGEST_BLOCK)
    return own.filter(end_time__gt=span.start).exclude(id=ignoring).exists()


def keeping_apart(write: Callable[[], None]) -> None:
    """Write; raise SlotUnavailable if the database finds an overlap."""
    try:
        write()
    except IntegrityError as error:
        if violated(error, (NO_TEACHER_OVERLAP, NO_STUDENT_OVERLAP)):
            raise SlotUnavailable from error
        raise
