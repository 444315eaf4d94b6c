import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Forbidden, Refused
from bookings.locking import contended, find_locked
from bookings.models import Feedback
from bookings.services import ratings
from bookings.states import Status


@contended
@transaction.atomic
def leave_feedback(*, booking_id: uuid.UUID, by: User, rating: int, comment: str, now: dt.datetime) -> Feedback:
    """Rate a session that took place from 1 to 5, once, as its student. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    if booking.student_id != by.id:
        raise Forbidden(_("Only students can leave feedback"))
    if booking.status != Status.COMPLETED:
        raise Refused(_("Feedback can be left only for completed bookings"), code="wrong_status")
    if not booking.took_place:
        raise Refused(_("Feedback can be left only for sessions that took place"), code="did_not_take_place")
    # The booking's row is locked: nobody else can be leaving feedback on it.
    if Feedback.objects.filter(booking=booking).exists():
        raise Refused(_("Feedback has already been left for this booking"), code="already_left")
    feedback = Feedback.objects.create(booking=booking, rating=rating, comment=comment, created_at=now)
    ratings.add(teacher_id=booking.teacher_id, rating=rating)
    booking.save_changed(now=now)
    return feedback
