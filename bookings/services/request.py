import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Forbidden, Refused
from bookings.locking import contended, locks_of
from bookings.models import Booking
from bookings.scheduling import timetable
from bookings.services.times import booking_of, check_free, keeping_apart, span_of
from bookings.services.unanswered import check_unanswered
from bookings.states import Party


@contended
def request_booking(
    *, student: User, teacher_id: uuid.UUID, start: dt.datetime, duration: int, notes: str, now: dt.datetime
) -> Booking:
    """Request `duration` minutes from `start` (without an offset: by the teacher's clock) as a student.

    Raises Forbidden, Missing, SlotUnavailable, Invalid, Refused (too much that is unanswered, or themselves) or Busy.
    """
    if student.is_teacher:
        raise Forbidden(_("Only students can request bookings"))
    with transaction.atomic():
        found = timetable.find(
            teacher_id,
            timetable.at(start),
            wanting=timetable.Wanting(student.id, now),
            after=locks_of(teacher_id, student.id),
        )
        teacher = found.teacher
        if teacher.id == student.id:  # made a teacher since the HTTP request began
            raise Refused(_("You cannot book a session with yourself"), code="own_teacher")
        span = span_of(teacher, start, duration)
        check_free(found, span, by=student, now=now)
        check_unanswered(found.student, span)
        booking = booking_of(student, teacher, span, notes=notes, awaits=Party.TEACHER, now=now)
        keeping_apart(lambda: booking.request(now=now))
    return booking
