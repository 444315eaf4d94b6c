import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User
from bookings.locking import contended, find_locked
from bookings.models import Booking


@contended
@transaction.atomic
def complete_booking(*, booking_id: uuid.UUID, by: User | None, now: dt.datetime, reason: str = "") -> Booking:
    """The session has taken place. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    booking.complete(by=by, now=now, reason=reason)
    return booking
