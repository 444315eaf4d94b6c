"""Shared by the tests of the outbox: bookings and events as a delivery finds them."""

import datetime as dt
from typing import Any

from bookings import services
from bookings.models import Booking, MeetingSync
from conftest import NOW

LEASE, SECOND = dt.timedelta(seconds=60), dt.timedelta(seconds=1)


def confirm(booking: Booking, now: dt.datetime = NOW) -> Booking:
    return services.confirm_booking(booking_id=booking.id, by=booking.teacher, now=now)


def due(booking: Booking, now: dt.datetime = NOW, **fields: Any) -> MeetingSync:
    """An event of this booking, as a service would leave it."""
    return MeetingSync.objects.create(booking=booking, created_at=now, due_at=now, **fields)


def cancelled(booking: Booking) -> Booking:
    """Cancelled without a word to Zoom, as if the process had died right after the commit."""
    booking.cancel(by=None, now=NOW, reason="")
    return booking
