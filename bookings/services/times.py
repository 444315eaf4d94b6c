"""Shared by requests, bookings for students and reschedules: a time, and the check that it is free."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.constraints import violated
from bookings.errors import Forbidden, Invalid, SlotUnavailable
from bookings.models import NO_HOST_OVERLAP, NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP, Booking
from bookings.scheduling import calendar
from bookings.scheduling.slots import Span
from bookings.scheduling.timetable import Timetable
from bookings.states import Party
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


def booking_of(student: User, teacher: User, span: Span, *, notes: str, awaits: Party, now: dt.datetime) -> Booking:
    """Return a new, unsaved booking."""
    return Booking(
        student=student,
        teacher=teacher,
        start_time=span.start,
        end_time=span.end,
        blocked_until=blocked_until(teacher, span),
        notes=notes,
        awaits=awaits,
        created_at=now,
    )


def blocked_until(teacher: User, span: Span) -> dt.datetime:
    return span.end + dt.timedelta(minutes=teacher.rules.buffer_minutes)


def check_free(
    timetable: Timetable,
    span: Span,
    *,
    by: User,
    now: dt.datetime,
    by_teacher: bool = False,
    outside_hours: bool = False,
) -> None:
    """Raise SlotUnavailable unless teacher and student are free, apart from the booking that the timetable ignores.

    `by_teacher`: ignore the minimum notice. `outside_hours`: also ignore working hours and absences. Only the student
    is told if a session of their own is the reason.
    """
    if not calendar.is_free(timetable, span, now=now, by_teacher=by_teacher, outside_hours=outside_hours):
        raise SlotUnavailable
    if timetable.student.is_busy(span):
        own_clash = {"start_time": [_("You have another session then.")]}
        raise SlotUnavailable(details=own_clash if by.id == timetable.student.student_id else None)


def is_teachers_side(by: User, teacher_id: uuid.UUID) -> bool:
    """Return True for the teacher and for staff, who may override the teacher's own rules."""
    return by.is_superuser or by.id == teacher_id


def check_outside_hours(by: User, teacher_id: uuid.UUID, *, outside_hours: bool) -> None:
    """Raise Forbidden for a student who would override the teacher's hours."""
    if outside_hours and not is_teachers_side(by, teacher_id):
        raise Forbidden(_("Only teachers can book outside their hours"))


def keeping_apart(write: Callable[[], None]) -> None:
    """Run the write; raise SlotUnavailable if the database refuses an overlap."""
    try:
        write()
    except IntegrityError as error:
        if violated(error, (NO_TEACHER_OVERLAP, NO_STUDENT_OVERLAP, NO_HOST_OVERLAP)):
            raise SlotUnavailable from error
        raise
