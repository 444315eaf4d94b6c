"""Fill a database: the people whose requests are measured, and any number of bookings of others, in plain SQL."""

import datetime as dt
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from database.postgresql.base import DatabaseWrapper
from wall_clock import zones

ZONE = "Europe/Madrid"
HALF_HOUR = dt.timedelta(minutes=30)
STUDENTS = 20

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
    """The people whose requests are measured."""

    quiet: User  # a teacher with ten bookings, all on `monday`; works from nine to five
    full: User  # a teacher who works twelve hours every day, with fifty bookings in the week of `monday`
    known: User  # a teacher with a thousand bookings, ten on each of a hundred working days
    open: User  # a teacher who can be booked at any time
    students: list[User]  # the first has all the bookings of `full`
    monday: dt.date


def make_people(now: dt.datetime) -> People:
    """Create the people, and the bookings of the first two teachers."""
    students = [make_student() for _ in range(STUDENTS)]
    quiet, full, known, always = (make_teacher(timezone=ZONE) for _ in range(4))
    for weekday in range(7):
        make_hours(full, day_of_week=weekday, start="08:00", end="20:00")
        make_hours(always, day_of_week=weekday, start="00:00", end="00:00")
    for weekday in range(5):
        make_hours(quiet, day_of_week=weekday, start="09:00", end="17:00")
        make_hours(known, day_of_week=weekday, start="09:00", end="17:00")
    monday = now.date() + dt.timedelta(days=14 - now.weekday())
    _book(quiet, students[1:2], [monday], opening=9, a_day=10)
    _book(full, students[:1], [monday + dt.timedelta(days=number) for number in range(5)], opening=8, a_day=10)
    return People(quiet, full, known, always, students, monday)


def newcomers(count: int) -> list[User]:
    """Create students without bookings."""
    return [make_student() for _ in range(count)]


def book_known_teacher(people: People) -> None:
    """Create a thousand bookings of `known`. They begin after the other teachers' weeks, whose students have them."""
    first = people.monday + dt.timedelta(days=7)
    days = [first + dt.timedelta(days=week * 7 + weekday) for week in range(20) for weekday in range(5)]
    _book(people.known, people.students[1:], days, opening=9, a_day=10)


def _book(teacher: User, students: list[User], days: list[dt.date], *, opening: int, a_day: int) -> None:
    """Create consecutive half-hour bookings from an hour by the teacher's clock, with the students in turn."""
    zone = zones.load(ZONE)
    for place, day in enumerate(days):
        start = dt.datetime.combine(day, dt.time(opening), zone).astimezone(dt.UTC)
        for number in range(a_day):
            student = students[(place * a_day + number) % len(students)]
            make_booking(student, teacher, start=start + number * HALF_HOUR, minutes=30)


def make_crowd() -> None:
    """Create a thousand teachers and a thousand students, for the bookings of `grow_to`."""
    with connection.cursor() as cursor:
        cursor.execute(_CROWD)


def grow_to(count: int) -> None:
    """Add bookings of the crowd until the table holds `count`; then VACUUM ANALYZE."""
    database = connections[DEFAULT_DB_ALIAS]
    assert isinstance(database, DatabaseWrapper), "The benchmarks need PostgreSQL."
    database.lift_limits()
    with database.cursor() as cursor:
        crowd = Booking.objects.filter(teacher__email__regex=r"^teacher\d+@").count()
        cursor.execute(_BOOKINGS, [crowd, crowd + count - Booking.objects.count() - 1])
        cursor.execute("VACUUM ANALYZE")
    database.set_limits()
