"""What time alone does to bookings: unanswered requests end, finished sessions are completed."""

import datetime as dt

from django.db.models import QuerySet

from bookings import services
from bookings.errors import Refused
from bookings.models import Booking
from bookings.states import Status

# How long after its end a session that nobody completed is completed.
COMPLETED_AFTER = dt.timedelta(hours=1)


def cancel_unanswered(*, now: dt.datetime, most: int = 100) -> int:
    """Cancels requests whose start has passed without an answer, at most that many; how many it was."""
    unanswered = Booking.objects.filter(status=Status.PENDING, start_time__lte=now).order_by("start_time")
    return sum(_cancel(booking, now) for booking in _some(unanswered, most))


def complete_finished(*, now: dt.datetime, most: int = 100) -> int:
    """Completes sessions that ended an hour ago or earlier, at most that many; how many it was."""
    finished = Booking.objects.filter(status=Status.CONFIRMED, end_time__lte=now - COMPLETED_AFTER)
    return sum(_complete(booking, now) for booking in _some(finished.order_by("end_time"), most))


def _some(bookings: QuerySet[Booking], most: int) -> list[Booking]:
    return list(bookings.only("id")[:most])


def _cancel(booking: Booking, now: dt.datetime) -> bool:
    """Each in a transaction of its own; one that somebody else has moved since it was listed is left alone."""
    try:
        services.cancel_booking(booking_id=booking.id, by=None, reason="Not answered before its start", now=now)
    except Refused:
        return False
    return True


def _complete(booking: Booking, now: dt.datetime) -> bool:
    try:
        services.complete_booking(booking_id=booking.id, by=None, now=now)
    except Refused:
        return False
    return True
