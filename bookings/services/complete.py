import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Refused
from bookings.locking import contended, find_locked
from bookings.models import Booking, Feedback
from bookings.states import ANYTHING, Expected, Outcome


@contended
@transaction.atomic
def complete_booking(
    *,
    booking_id: uuid.UUID,
    by: User | None,
    now: dt.datetime,
    reason: str = "",
    outcome: Outcome = Outcome.TOOK_PLACE,
    expected: Expected = ANYTHING,
) -> Booking:
    """Complete a session that took place or was missed. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    booking.complete(by=by, now=now, reason=reason, outcome=outcome, expected=expected)
    return booking


@contended
@transaction.atomic
def correct_outcome(
    *, booking_id: uuid.UUID, by: User, outcome: Outcome, now: dt.datetime, expected: Expected = ANYTHING
) -> Booking:
    """Correct the outcome of a session that was completed automatically, or by mistake.

    Raises Missing, Forbidden, Refused (also once there is feedback, which proves that the session took place) or Busy.
    """
    booking = find_locked(booking_id, by)
    booking.correct(by=by, now=now, outcome=outcome, expected=expected)
    if outcome != Outcome.TOOK_PLACE and Feedback.objects.filter(booking=booking).exists():
        raise Refused(_("There is feedback on this session, so it took place"), code="has_feedback")
    return booking
