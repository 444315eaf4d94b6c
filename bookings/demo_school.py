"""A school to try a front end with: 30 teachers in 12 zones, 200 students, bookings in every state."""

import datetime as dt
import random

from django.db import transaction

from accounts.authentication.dev_tokens import demo_id
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Booking, TimeOff
from bookings.states import Status

TEACHERS, STUDENTS = 30, 200
ZONES = (
    *("Europe/Madrid", "Europe/Berlin", "Europe/London", "Africa/Lagos", "Asia/Kolkata", "Asia/Tokyo"),
    *("Asia/Kathmandu", "Australia/Sydney", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "UTC"),
)
FIRST = ("Ana", "Ben", "Chloe", "David", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jin", "Kavya", "Liam", "Mia", "Noor")
LAST = (
    "Abe",
    "Brandt",
    "Costa",
    "Diaz",
    "Eze",
    "Fischer",
    "Gupta",
    "Haddad",
    "Ito",
    "Jensen",
    "Kaya",
    "Lopez",
    "Moreau",
)
SUBJECTS = ("Spanish", "German", "English", "Mathematics", "Physics", "Piano", "Chess", "Biology")
DAY = dt.timedelta(days=1)
# Days from today of a teacher's sessions, with their status.
PLAN = [
    *((-days, Status.CANCELLED if days % 4 == 0 else Status.COMPLETED) for days in range(8, 1, -1)),
    *((2, Status.PENDING), (3, Status.CONFIRMED), (4, Status.CANCELLED)),
    *((5, Status.PENDING), (6, Status.CONFIRMED), (7, Status.PENDING)),
]
RATED = 0.6


@transaction.atomic
def make_school(*, now: dt.datetime) -> list[Booking]:
    """Create the people, their hours and bookings: the same for the same day, and nothing if they exist.

    Return the requests to be confirmed, which needs Zoom and so no transaction.
    """
    if User.objects.filter(id=demo_id("teacher1@example.com")).exists():
        return []
    chance = random.Random(1)  # noqa: S311  # the same school each time
    students = [_student(number, chance) for number in range(1, STUDENTS + 1)]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        booking
        for number in range(1, TEACHERS + 1)
        for booking in _sessions_of(_teacher(number, chance), number, students, midnight, chance)
    ]


def _teacher(number: int, chance: random.Random) -> User:
    subject, email = chance.choice(SUBJECTS), f"teacher{number}@example.com"
    teacher = make_teacher(
        id=demo_id(email),
        email=email,
        first_name=chance.choice(FIRST),
        last_name=chance.choice(LAST),
        timezone=ZONES[number % len(ZONES)],
        headline=f"{subject} for everybody",
        bio=f"{5 + number % 20} years of teaching {subject}.",
    )
    for weekday in chance.sample(range(7), 4):
        make_hours(teacher, day_of_week=weekday, start="09:00", end="13:00")
        make_hours(teacher, day_of_week=weekday, start="15:00", end="19:00")
    return teacher


def _student(number: int, chance: random.Random) -> User:
    email = f"student{number}@example.com"
    return make_student(id=demo_id(email), email=email, first_name=chance.choice(FIRST), last_name=chance.choice(LAST))


def _sessions_of(
    teacher: User, number: int, students: list[User], midnight: dt.datetime, chance: random.Random
) -> list[Booking]:
    """Create seven past and six future sessions, and an absence. Return those to be confirmed."""
    to_confirm = []
    hour = dt.timedelta(hours=8 + number % 9)
    for place, (days, status) in enumerate(PLAN):
        # Teachers with the same hours get different students.
        student = students[(number * len(PLAN) + place) % STUDENTS]
        stored = Status.PENDING if status == Status.CONFIRMED else status
        booking = make_booking(student, teacher, start=midnight + days * DAY + hour, status=stored)
        if status == Status.CONFIRMED:
            to_confirm.append(booking)
        if status == Status.COMPLETED and chance.random() < RATED:
            make_feedback(booking, rating=chance.randint(3, 5), comment="Thank you!")
    away = midnight + (20 + number) * DAY
    TimeOff.objects.create(teacher=teacher, start_time=away, end_time=away + 2 * DAY, reason="Holiday")
    return to_confirm
