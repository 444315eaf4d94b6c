"""Book for a student: teachers for their own students, staff for any."""

import datetime as dt
import uuid
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.errors import BookingError, Busy, Forbidden, Missing, ZoomFailed
from bookings.locking import contended, locks_of
from bookings.models import Booking
from bookings.scheduling import timetable
from bookings.services.cancel import cancel_booking
from bookings.services.confirm import confirm_booking
from bookings.services.times import booking_of, check_free, is_teachers_side, keeping_apart, span_of
from bookings.states import Party
from bookings.stored_reasons import NO_MEETING


def book_for_student(
    *,
    by: User,
    teacher_id: uuid.UUID,
    student_id: uuid.UUID,
    start: dt.datetime,
    duration: int,
    notes: str,
    confirmed: bool,
    outside_hours: bool,
    now: dt.datetime,
) -> Booking:
    """Book `duration` minutes from `start` (without an offset: by the teacher's clock) for a student.

    `confirmed`: at once, with its meeting; otherwise the booking is pending until the student accepts it, by
    `confirm_booking`. `outside_hours`: ignore the teacher's hours and absences. The minimum notice never applies.

    Raises Forbidden, Missing, SlotUnavailable, Invalid, Refused, Busy, or ZoomFailed, after which the time is free.
    """
    _check_booker(by, teacher_id)
    booking = _book(
        by=by,
        teacher_id=teacher_id,
        student_id=student_id,
        start=start,
        duration=duration,
        notes=notes,
        awaits=Party.TEACHER if confirmed else Party.STUDENT,
        outside_hours=outside_hours,
        now=now,
    )
    return _confirmed(booking, by, now) if confirmed else booking


def _check_booker(by: User, teacher_id: uuid.UUID) -> None:
    if not by.is_teacher and not by.is_superuser:
        raise Forbidden(_("Only teachers can book for students"))
    if not is_teachers_side(by, teacher_id):
        raise Forbidden(_("Teachers can book only their own sessions"))


@contended
@transaction.atomic
def _book(
    *,
    by: User,
    teacher_id: uuid.UUID,
    student_id: uuid.UUID,
    start: dt.datetime,
    duration: int,
    notes: str,
    awaits: Party,
    outside_hours: bool,
    now: dt.datetime,
) -> Booking:
    found = timetable.find(
        teacher_id,
        timetable.at(start),
        wanting=timetable.Wanting(student_id, now),
        after=locks_of(teacher_id, student_id),
    )
    student = _student(by, student_id)
    span = span_of(found.teacher, start, duration)
    check_free(found, span, by=by, now=now, by_teacher=True, outside_hours=outside_hours)
    booking = booking_of(student, found.teacher, span, notes=notes, awaits=awaits, now=now)
    keeping_apart(lambda: booking.request(now=now, by=by))
    return booking


def _student(by: User, student_id: uuid.UUID) -> User:
    """Return the student: one of the teacher's own, or any for staff. Raises Missing."""
    students = User.objects.filter(role=Role.STUDENT, is_active=True, is_superuser=False, id=student_id)
    if not by.is_superuser:
        students = students.filter(booked_bookings__teacher=by)
    student = students.first()
    if student is None:
        raise Missing(_("Student not found"))
    return student


def _confirmed(booking: Booking, by: User, now: dt.datetime) -> Booking:
    """Confirm it, or cancel it if that fails: the time must not stay taken by a booking that nobody requested."""
    try:
        return confirm_booking(booking_id=booking.id, by=by, now=now)
    except (ZoomFailed, Busy):
        with suppress(BookingError):  # another user has moved it meanwhile, so leave it
            cancel_booking(booking_id=booking.id, by=None, reason=NO_MEETING, now=now)
        raise
