import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User
from bookings.locking import contended, find_locked
from bookings.meetings.sync import request_sync
from bookings.models import Booking


@contended
@transaction.atomic
def cancel_booking(*, booking_id: uuid.UUID, by: User | None, reason: str, now: dt.datetime) -> Booking:
    """Cancel the booking and free its time; its meeting is deleted. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    booking.cancel(by=by, now=now, reason=reason)
    request_sync(booking, now=now)
    return booking
