import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User
from bookings.errors import Missing
from bookings.locking import contended, find_locked, lock_people
from bookings.meetings.sync import request_sync
from bookings.models import Booking
from bookings.scheduling import timetable
from bookings.services.times import blocked_until, check_free, keeping_apart, span_of
from bookings.states import Move


@contended
def reschedule_booking(
    *, booking_id: uuid.UUID, by: User, start: dt.datetime, duration: int | None, now: dt.datetime
) -> Booking:
    """Move the booking to `start`, for `duration` minutes (None: as long as before); its meeting follows.

    Raises Missing, Forbidden, Refused, SlotUnavailable, Invalid or Busy.
    """
    seen = Booking.objects.visible_to(by).filter(id=booking_id).first()
    if seen is None:
        raise Missing("Booking not found")
    with transaction.atomic():
        lock_people(seen.teacher_id, seen.student_id)
        booking = find_locked(booking_id, by)
        if refusal := booking.refusal(Move.RESCHEDULE, by=by, now=now):
            raise refusal
        span = span_of(booking.teacher, start, duration or booking.duration_minutes)
        found = timetable.of(booking.teacher, span.start.date(), span.start.date(), ignoring=booking.id)
        check_free(found, booking.student_id, span, now=now, ignoring=booking.id)
        until = blocked_until(booking.teacher, span)
        keeping_apart(lambda: booking.reschedule(by=by, now=now, start=span.start, end=span.end, blocked_until=until))
        request_sync(booking, now=now)
    return booking
