"""Rows for tests and the demo, in states that bookings can really reach."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from bookings.models import Availability, Booking, BookingChange, Feedback
from bookings.services import ratings
from bookings.states import Status

WEDNESDAY = 2


def make_hours(
    teacher: User,
    *,
    day_of_week: int = WEDNESDAY,
    start: str = "09:00",
    end: str = "17:00",
    date: dt.date | None = None,
) -> Availability:
    """Create working hours by the teacher's wall clock: weekly, or on one date."""
    return Availability.objects.create(
        teacher=teacher,
        day_of_week=date.weekday() if date else day_of_week,
        start_time=dt.time.fromisoformat(start),
        end_time=dt.time.fromisoformat(end),
        is_recurring=date is None,
        date=date,
    )


@transaction.atomic
def make_booking(
    student: User,
    teacher: User,
    *,
    start: dt.datetime,
    minutes: int = 60,
    status: Status = Status.PENDING,
    notes: str = "",
) -> Booking:
    """Create a booking with the history of its status; a confirmed one has its meeting."""
    end = start + dt.timedelta(minutes=minutes)
    asked = start - dt.timedelta(days=2)
    booking = Booking(
        student=student,
        teacher=teacher,
        start_time=start,
        end_time=end,
        blocked_until=end + dt.timedelta(minutes=teacher.rules.buffer_minutes),
        notes=notes,
        created_at=asked,
    )
    booking.request(now=asked)
    if status in (Status.CONFIRMED, Status.COMPLETED):
        _give_meeting(booking)
        booking.confirm(by=teacher, now=asked)
    if status == Status.COMPLETED:
        booking.complete(by=teacher, now=end)
    if status == Status.CANCELLED:
        booking.cancel(by=student, now=asked, reason="Schedule conflict")
    return booking


def _give_meeting(booking: Booking) -> None:
    number = str(BookingChange.objects.count() + 84_000_000_000)
    booking.zoom_meeting_id = number
    booking.zoom_join_url = f"https://zoom.us/j/{number}"
    booking.zoom_password = "aB3-xyz789"  # noqa: S105  # stands for Zoom's
    booking.zoom_host = booking.teacher.rules.zoom_host or "me"


def make_feedback(booking: Booking, *, rating: int = 5, comment: str = "") -> Feedback:
    """Create the student's feedback on a completed booking."""
    ratings.add(teacher_id=booking.teacher_id, rating=rating)
    return Feedback.objects.create(booking=booking, rating=rating, comment=comment, created_at=booking.end_time)
