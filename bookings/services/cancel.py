import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User
from bookings.locking import contended, find_locked
from bookings.meetings.sync import request_sync
from bookings.models import Booking
from bookings.states import ANYTHING, Expected, Move


def cancel_booking(
    *, booking_id: uuid.UUID, by: User | None, reason: str, now: dt.datetime, expected: Expected = ANYTHING
) -> Booking:
    """Cancel the booking and free its time; its meeting is deleted. Raises Missing, Forbidden, Refused or Busy."""
    return _end(booking_id, Move.CANCEL, by, reason, now, expected)


def decline_booking(
    *, booking_id: uuid.UUID, by: User, reason: str, now: dt.datetime, expected: Expected = ANYTHING
) -> Booking:
    """Decline a request, as the party that was asked. Raises Missing, Forbidden, Refused or Busy."""
    return _end(booking_id, Move.DECLINE, by, reason, now, expected)


@contended
@transaction.atomic
def _end(
    booking_id: uuid.UUID, move: Move, by: User | None, reason: str, now: dt.datetime, expected: Expected
) -> Booking:
    booking = find_locked(booking_id, by)
    booking.cancel(by=by, now=now, reason=reason, expected=expected, move=move)
    request_sync(booking, now=now)
    return booking
