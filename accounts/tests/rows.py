"""Rows of other apps for tests of accounts: working hours, absences, ratings. Made by model name, without imports."""

import datetime as dt
from typing import Any

from django.apps import apps

from accounts.factories import make_student
from accounts.models import User


def utc(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A moment of January 2025."""
    return dt.datetime(2025, 1, day, hour, minute, tzinfo=dt.UTC)


def rate(teacher: User, *ratings: int) -> None:
    """A completed session and a feedback for each rating."""
    student = make_student()
    for number, rating in enumerate(ratings):
        start = utc(1) + dt.timedelta(hours=number)
        end = start + dt.timedelta(minutes=60)
        times = {"created_at": start, "start_time": start, "end_time": end, "blocked_until": end}
        booking = apps.get_model("bookings", "Booking")._default_manager.create(
            student=student, teacher=teacher, status="COMPLETED", **times
        )
        apps.get_model("bookings", "Feedback")._default_manager.create(booking=booking, rating=rating, created_at=end)
    apps.get_model("bookings", "Rating")._default_manager.create(
        teacher=teacher, count=len(ratings), total=sum(ratings)
    )


def works(teacher: User, **hours: Any) -> None:
    """Working hours from nine to five."""
    fields = {"start_time": dt.time(9), "end_time": dt.time(17)} | hours
    apps.get_model("bookings", "Availability")._default_manager.create(teacher=teacher, **fields)


def is_away(teacher: User, start: dt.datetime, end: dt.datetime) -> None:
    apps.get_model("bookings", "TimeOff")._default_manager.create(teacher=teacher, start_time=start, end_time=end)
