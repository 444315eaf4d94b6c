"""End the sessions of a person whose account is erased."""

import datetime as dt

from accounts.models import User
from bookings.errors import Busy
from bookings.locking import lock_people
from bookings.meetings.sync import request_sync
from bookings.models import Booking
from bookings.states import Status
from bookings.stored_reasons import ACCOUNT_CLOSED


def end_bookings(*, person: User, by: User, now: dt.datetime) -> int:
    """End the person's live bookings, ignoring notice periods. Return how many were cancelled.

    Sessions that have begun are completed, or expire unanswered. Call it in the transaction that ends the account,
    before any row is locked. Raises Busy if a booking with another person was made meanwhile.
    """
    live = Booking.objects.of(person.id).live()
    people = {who for pair in live.values_list("student_id", "teacher_id") for who in pair}
    lock_people(person.id, *people - {person.id})
    bookings = list(live.with_people().locked())
    if not {who for booking in bookings for who in (booking.student_id, booking.teacher_id)} <= people:
        raise Busy
    return sum(_end(booking, by, now) for booking in bookings)


def _end(booking: Booking, by: User, now: dt.datetime) -> bool:
    has_begun = booking.start_time <= now
    if has_begun and booking.status == Status.CONFIRMED:
        booking.complete(by=None, now=now)
        return False
    booking.cancel(by=None if has_begun else by, now=now, reason=ACCOUNT_CLOSED, despite_notice=True)
    request_sync(booking, now=now)
    return True
