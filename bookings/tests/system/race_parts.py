"""Shared by tests of many callers at once: whom they ask for which time."""

import datetime as dt

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_teacher
from accounts.models import User
from bookings.factories import make_hours
from bookings.models import Booking
from bookings.tests.conftest import BOOKINGS
from testing.web_server import Request


def next_monday() -> dt.datetime:
    """Midnight UTC of a Monday at least a week ahead."""
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + dt.timedelta(days=14 - today.weekday())


def teacher_of_all_hours() -> User:
    teacher = make_teacher()
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday, start="00:00", end="00:00")
    return teacher


def asks(token: str, teacher: User, start: dt.datetime) -> Request:
    return Request(token, BOOKINGS, {"teacher_id": str(teacher.id), "start_time": start.isoformat(), "duration": 60})


def moves(person: User, booking: Booking, move: str, **body: str) -> Request:
    return Request(mint(user_id=person.id), f"{BOOKINGS}{booking.id}/{move}/", body)
