"""bookings.querysets: what a search by time reads."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP, Booking
from bookings.scheduling import timetable
from bookings.scheduling.timetable import Wanting
from bookings.states import LIVE, Status
from conftest import NOW
from database.prepared_statements import prepared_in_transactions

pytestmark = pytest.mark.django_db

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.mark.parametrize("status", Status)
def test_not_ended_are_those_that_are_live(maria: User, status: Status) -> None:
    make_booking(make_student(), maria, start=NOW + HOUR, status=status)
    assert list(Booking.objects.not_ended()) == list(Booking.objects.live())
    assert Booking.objects.not_ended().exists() is (status in LIVE)


def test_within_are_live_ones_with_their_buffers(maria: User) -> None:
    booking = make_booking(make_student(), maria, start=NOW, minutes=30)
    Booking.objects.update(blocked_until=NOW + HOUR)
    for start, end, expected in (
        (NOW + HOUR - MINUTE, NOW + 2 * HOUR, [booking]),
        (NOW + HOUR, NOW + 2 * HOUR, []),
        (NOW - HOUR, NOW + MINUTE, [booking]),
        (NOW - HOUR, NOW, []),
    ):
        assert list(Booking.objects.within(start, end, since=NOW - HOUR)) == expected
    Booking.objects.update(status=Status.CANCELLED)
    assert not Booking.objects.within(NOW, NOW + HOUR, since=NOW - HOUR).exists()


@pytest.mark.postgresql
def test_a_timetable_does_not_read_all_that_is_ahead(maria: User, bob: User) -> None:
    for number in range(40):
        make_booking(bob, maria, start=NOW + number * HOUR)
    with connection.cursor() as cursor:
        with prepared_in_transactions(), CaptureQueriesContext(connection) as captured:
            timetable.find(maria.id, timetable.at(NOW), wanting=Wanting(bob.id, NOW))
        cursor.execute(f"EXPLAIN {captured[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "bookings_booking" in plan
    assert NO_TEACHER_OVERLAP not in plan
    assert NO_STUDENT_OVERLAP not in plan
