"""Demo people for development: a teacher with working hours, a student, and a session under way with its meeting."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.authentication.dev_tokens import demo_id
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import services
from bookings.demo_school import make_school
from bookings.errors import ZoomFailed
from bookings.factories import make_booking, make_hours
from bookings.models import Booking

SESSION = dt.timedelta(minutes=30)


class Command(BaseCommand):
    help = "Makes teacher@example.com and student@example.com, once; with --full a whole school too. Only with DEBUG."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="30 teachers in 12 zones, 200 students, bookings in every state"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo people are for development: set DEBUG=true.")
        now = timezone.now()
        try:
            make_demo_people(now=now)
            if options["full"]:
                for booking in make_school(now=now):
                    services.confirm_booking(booking_id=booking.id, by=booking.teacher, now=now)
        except ZoomFailed as error:
            # Zoom refused the configured key: everything but that session is there.
            self.stderr.write(f"The demo session has no meeting. {error.sentence}")


def make_demo_people(*, now: dt.datetime) -> None:
    """Create the demo's people and hours unless they exist. Raises ZoomFailed, and leaves the session pending.

    A session can be confirmed only before it begins, so its moves are made with an earlier clock.
    """
    if User.objects.filter(id=demo_id("teacher@example.com")).exists():
        return
    booking = _people_and_session(begun=now.replace(second=0, microsecond=0) - SESSION)
    services.confirm_booking(booking_id=booking.id, by=booking.teacher, now=booking.created_at)


@transaction.atomic
def _people_and_session(*, begun: dt.datetime) -> Booking:
    teacher = make_teacher(
        id=demo_id("teacher@example.com"),
        email="teacher@example.com",
        first_name="Maria",
        last_name="Garcia",
        timezone="Europe/Madrid",
        headline="Spanish conversation",
        bio="Twenty years of teaching, from the first words to the last exam.",
    )
    student = make_student(
        id=demo_id("student@example.com"), email="student@example.com", first_name="John", last_name="Doe"
    )
    for weekday in range(5):
        make_hours(teacher, day_of_week=weekday)
    return make_booking(student, teacher, start=begun, minutes=60, notes="Already under way")
