"""Shared by the tests of messages."""

import datetime as dt

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.tests.conftest import at
from conftest import NOW
from notifications.kinds import Kind
from notifications.models import Message


def requested(student: User, teacher: User) -> Booking:
    """The student's request for Wednesday at ten, as the service makes it."""
    return services.request_booking(
        student=student, teacher_id=teacher.id, start=at("10:00"), duration=60, notes="", now=NOW
    )


def message(booking: Booking, kind: Kind, recipient: User | None) -> Message:
    return Message(
        booking=booking,
        kind=kind,
        recipient=recipient,
        booking_version=booking.version,
        created_at=NOW,
        due_at=NOW,
        old_start=booking.start_time - dt.timedelta(hours=1),
    )
