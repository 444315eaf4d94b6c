"""What time alone does to bookings: unanswered requests end, finished sessions are completed."""

import datetime as dt

from django.db.models import QuerySet

from bookings.errors import Refused
from bookings.models import Booking
from bookings.services.cancel import cancel_booking
from bookings.services.complete import complete_booking
from bookings.states import Status
from bookings.stored_reasons import UNANSWERED

# How long after its end a session that nobody completed is completed.
COMPLETED_AFTER = dt.timedelta(hours=1)


def cancel_unanswered(*, now: dt.datetime, most: int = 100) -> int:
    """Cancel requests whose start has passed without an answer, at most `most`. Return how many it was."""
    unanswered = Booking.objects.filter(status=Status.PENDING, start_time__lte=now).order_by("start_time")
    return sum(_cancel(booking, now) for booking in _some(unanswered, most))


def complete_finished(*, now: dt.datetime, most: int = 100) -> int:
    """Complete sessions that ended an hour ago or earlier, at most `most`. Return how many it was."""
    finished = Booking.objects.filter(status=Status.CONFIRMED, end_time__lte=now - COMPLETED_AFTER)
    return sum(_complete(booking, now) for booking in _some(finished.order_by("end_time"), most))


def _some(bookings: QuerySet[Booking], most: int) -> list[Booking]:
    return list(bookings.only("id")[:most])


def _cancel(booking: Booking, now: dt.datetime) -> bool:
    """Cancel it in a transaction of its own. Leave it alone if somebody else has moved it since it was listed."""
    try:
        cancel_booking(booking_id=booking.id, by=None, reason=UNANSWERED, now=now)
    except Refused:
        return False
    return True


def _complete(booking: Booking, now: dt.datetime) -> bool:
    try:
        complete_booking(booking_id=booking.id, by=None, now=now)
    except Refused:
        return False
    return True
