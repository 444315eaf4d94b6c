"""Fills a database: the people that are measured, and as many bookings of others as are asked for, by SQL alone."""

import datetime as dt
from typing import NamedTuple

from django.db import connection

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from wall_clock import zones

ZONE = "Europe/Madrid"
HALF_HOUR = dt.timedelta(minutes=30)
BOOKINGS_A_DAY, STUDENTS = 10, 20

# Booking number k is the (k / 1000)th hour of teacher k % 1000. At each hour every student is with one teacher.
_CROWD = """
INSERT INTO accounts_user
    (id, password, is_superuser, email, first_name, last_name, role, timezone, is_active, created_at)
SELECT md5(role || number)::uuid, '!', false, role || number || '@example.com', 'A', 'Person', role, 'UTC', true, now()
FROM generate_series(0, 999) AS number, (VALUES ('teacher'), ('student')) AS roles (role)
"""
_BOOKINGS = """
INSERT INTO bookings_booking (id, teacher_id, student_id, start_time, end_time, blocked_until, status, notes,
    cancellation_reason, zoom_meeting_id, zoom_join_url, zoom_password, zoom_host, created_at)
SELECT md5('booking' || k)::uuid, md5('teacher' || k %% 1000)::uuid, md5('student' || (k + k / 1000) %% 1000)::uuid,
    hour, hour + interval '1 hour', hour + interval '1 hour',
    CASE WHEN hour < now() THEN 'COMPLETED' ELSE 'CONFIRMED' END,
    '', '', 80000000000 + k, 'https://zoom.us/j/' || k, '', 'me', now()
FROM generate_series(%s, %s) AS k,
    LATERAL (SELECT date_trunc('hour', now()) + (k / 1000 - 900) * interval '1 hour') AS at (hour)
"""


class People(NamedTuple):
    """Those that are measured."""

    quiet: User  # a teacher with ten bookings, all on one day
    busy: User  # a teacher with ten bookings on each of a hundred working days
    open: User  # a teacher to be booked at any time
    students: list[User]  # each with fifty bookings
    monday: dt.date  # the first day of those bookings


def make_people(now: dt.datetime) -> People:
    """The people, and the bookings of the quiet teacher."""
    students = [make_student() for _ in range(STUDENTS)]
    quiet, busy, always = (make_teacher(timezone=ZONE) for _ in range(3))
    for weekday in range(5):
        make_hours(quiet, day_of_week=weekday, start="09:00", end="17:00")
        make_hours(busy, day_of_week=weekday, start="09:00", end="17:00")
    for weekday in range(7):
        make_hours(always, day_of_week=weekday, start="00:00", end="00:00")
    monday = now.date() + dt.timedelta(days=14 - now.weekday())
    people = People(quiet, busy, always, students, monday)
    _book_mornings(quiet, students[:1], monday, days=1)
    return people


def newcomers(count: int) -> list[User]:
    """Students without bookings."""
    return [make_student() for _ in range(count)]


def book_busy_teacher(people: People) -> None:
    """A thousand bookings of the busy teacher. They begin after the quiet teacher's day, whose student has both."""
    _book_mornings(people.busy, people.students, people.monday + dt.timedelta(days=7), days=100)


def _book_mornings(teacher: User, students: list[User], first: dt.date, *, days: int) -> None:
    """Half-hour bookings from nine to two by the teacher's clock on as many working days, one after another."""
    zone = zones.load(ZONE)
    dates = [day for day in (first + dt.timedelta(days=number) for number in range(days * 2)) if day.weekday() < 5]
    for place, day in enumerate(dates[:days]):
        opening = dt.datetime.combine(day, dt.time(9), zone).astimezone(dt.UTC)
        for number in range(BOOKINGS_A_DAY):
            student = students[(place * BOOKINGS_A_DAY + number) % len(students)]
            make_booking(student, teacher, start=opening + number * HALF_HOUR, minutes=30)


def make_crowd() -> None:
    """A thousand teachers and a thousand students, whose bookings `grow_to` makes."""
    with connection.cursor() as cursor:
        cursor.execute(_CROWD)


def grow_to(count: int) -> None:
    """Adds bookings of the crowd until the table holds `count`, and lets the database look at it."""
    with connection.cursor() as cursor:
        crowd = Booking.objects.filter(teacher__email__regex=r"^teacher\d+@").count()
        cursor.execute(_BOOKINGS, [crowd, crowd + count - Booking.objects.count() - 1])
        cursor.execute("VACUUM ANALYZE")
