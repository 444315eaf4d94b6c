import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Forbidden, Refused
from bookings.locking import contended, find_locked
from bookings.models import Booking
from bookings.states import Status


@contended
@transaction.atomic
def edit_notes(*, booking_id: uuid.UUID, by: User, notes: str, now: dt.datetime) -> Booking:
    """Edit the notes of an unanswered request as its student. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    if booking.student_id != by.id:
        raise Forbidden(_("Only students can edit the notes of bookings"))
    if booking.status != Status.PENDING:
        raise Refused(_("Notes can be edited only while the booking is pending"), code="wrong_status")
    booking.notes = notes
    booking.save_changed("notes", now=now)
    return booking
