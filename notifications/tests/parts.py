"""Shared by the tests of messages."""

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.tests.conftest import at
from conftest import NOW


def requested(student: User, teacher: User) -> Booking:
    """The student's request for Wednesday at ten, as the service makes it."""
    return services.request_booking(
        student=student, teacher_id=teacher.id, start=at("10:00"), duration=60, notes="", now=NOW
    )
