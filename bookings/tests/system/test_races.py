"""Many callers at once, against two processes of four threads each, and a database of their own."""

import datetime as dt
import itertools
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP, Booking, BookingChange, MeetingSync
from bookings.states import LIVE, Status
from bookings.tests.system.race_parts import (
    asks,
    moves,
    next_monday,
    teacher_of_all_hours,
)
from testing.web_server import Answer, Request, Server, connected_to, migrated_database, web_server
from zoom_sandbox.models import SandboxMeeting

TAKEN = (400, "Time slot is not available")
HOUR = dt.timedelta(hours=1)
# Every caller waits for the same lock; SQLite has one for the whole database.
CROWD = {"postgresql": 200, "sqlite": 100}


@pytest.fixture
def unguarded(tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Server]:
    """The site with nothing but check-then-insert, on tables that take any overlap."""
    application = "testing.unguarded_wsgi"
    with django_db_blocker.unblock(), migrated_database(tmp_path) as url, connected_to(url):
        drop_constraints()
        with web_server(url, tmp_path, application=application) as server:
            yield server
            sys.stderr.write(server.log.read_text())


def drop_constraints() -> None:
    with connection.cursor() as cursor:
        for name in (NO_TEACHER_OVERLAP, NO_STUDENT_OVERLAP):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE bookings_booking DROP CONSTRAINT {name}")
            else:
                cursor.execute(f"DROP TRIGGER {name}_INSERT")
                cursor.execute(f"DROP TRIGGER {name}_UPDATE")


def newcomer() -> str:
    """The token of a student whom the site has never seen."""
    return mint(user_id=uuid.uuid4(), first_name="John", last_name="Doe")


def post_patiently(site: Server, requests: list[Request]) -> list[Answer]:
    """All at once; those who are told that too many wait for Zoom (503) come again."""
    answers = site.post_at_once(requests)
    while again := [number for number, answer in enumerate(answers) if answer.status == 503]:
        for number, answer in zip(again, site.post_at_once([requests[number] for number in again]), strict=True):
            answers[number] = answer
    return answers


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.body.get("error", "")


def booked(answers: Sequence[Answer]) -> set[str]:
    """The ids of the bookings that were made; all other answers said that the time is taken, and nothing worse."""
    assert {told(answer) for answer in answers if answer.status != 201} <= {TAKEN}
    return {answer.body["id"] for answer in answers if answer.status == 201}


def overlaps(bookings: Sequence[Booking]) -> list[tuple[Booking, Booking]]:
    ordered = sorted(bookings, key=lambda booking: booking.start_time)
    return [pair for pair in itertools.pairwise(ordered) if pair[1].start_time < pair[0].blocked_until]


def pending(teacher: User, count: int) -> list[Booking]:
    """Requests of as many students, on the hours of as many days."""
    days = [next_monday() + 10 * HOUR + dt.timedelta(days=number) for number in range(count)]
    return [make_booking(make_student(), teacher, start=day) for day in days]


def meetings_of(booking: Booking) -> list[SandboxMeeting]:
    """The meetings that Zoom has for the booking, as the marker in front of their agenda says."""
    return list(SandboxMeeting.objects.filter(agenda__startswith=str(booking.id), deleted_at=None))


def assert_zoom_agrees(booking: Booking) -> None:
    """A confirmed booking has exactly one meeting, at its own time; any other has none; nothing is left to do."""
    booking.refresh_from_db()
    meetings = [(str(meeting.id), meeting.start_time) for meeting in meetings_of(booking)]
    is_confirmed = booking.status == Status.CONFIRMED
    assert meetings == ([(booking.zoom_meeting_id, booking.start_time)] if is_confirmed else [])
    assert (booking.zoom_meeting_id is not None) == is_confirmed
    assert not MeetingSync.objects.open().filter(booking=booking).exists()


def test_without_the_guards_a_slot_is_booked_twice(unguarded: Server) -> None:
    start = next_monday() + 10 * HOUR
    for _ in range(5):
        teacher = teacher_of_all_hours()
        unguarded.post_at_once([asks(newcomer(), teacher, start) for _ in range(40)])
        if Booking.objects.filter(teacher=teacher).count() > 1:
            return
    pytest.fail("The control did not race, so the tests below prove nothing.")


def test_of_many_newcomers_who_ask_for_one_slot_one_gets_it(site: Server) -> None:
    teacher, start, crowd = teacher_of_all_hours(), next_monday() + 10 * HOUR, CROWD[connection.vendor]

    answers = site.post_at_once([asks(newcomer(), teacher, start) for _ in range(crowd)])

    made = booked(answers)
    assert len(made) == 1
    assert {str(booking.id) for booking in Booking.objects.filter(teacher=teacher)} == made
    assert BookingChange.objects.filter(booking__teacher=teacher).count() == 1


def test_overlapping_requests_never_both_succeed_nor_deadlock(site: Server) -> None:
    teacher, start, crowd = teacher_of_all_hours(), next_monday() + 10 * HOUR, CROWD[connection.vendor]
    starts = [start + dt.timedelta(minutes=5 * (number % 30)) for number in range(crowd)]

    answers = site.post_at_once([asks(newcomer(), teacher, start) for start in starts])

    rows = list(Booking.objects.filter(teacher=teacher))
    assert booked(answers) == {str(row.id) for row in rows} != set()
    assert overlaps(rows) == []


def test_requests_for_different_slots_all_succeed(site: Server) -> None:
    teachers = [teacher_of_all_hours() for _ in range(5)]
    starts = [next_monday() + dt.timedelta(days=day, hours=hour) for day in range(5) for hour in range(9, 17)]

    answers = site.post_at_once([asks(newcomer(), teacher, start) for teacher in teachers for start in starts])

    assert [answer.status for answer in answers] == [201] * 200
    assert Booking.objects.filter(teacher__in=teachers).count() == 200


def test_one_student_cannot_be_with_two_teachers_at_once(site: Server) -> None:
    student, teachers = newcomer(), [teacher_of_all_hours(), teacher_of_all_hours()]
    start = next_monday() + 10 * HOUR

    answers = site.post_at_once([asks(student, teacher, start) for teacher in teachers * 20])

    assert len(booked(answers)) == 1
    assert Booking.objects.filter(teacher__in=teachers).count() == 1


def test_one_student_cannot_hold_more_requests_than_allowed(site: Server) -> None:
    student, teacher = newcomer(), teacher_of_all_hours()
    starts = [next_monday() + number * HOUR for number in range(40)]

    answers = site.post_at_once([asks(student, teacher, start) for start in starts])

    assert sorted(answer.status for answer in answers) == [201] * 20 + [400] * 20
    assert {answer.body["code"] for answer in answers if answer.status == 400} == {"too_many_pending"}
    assert Booking.objects.filter(teacher=teacher).count() == 20


def test_confirming_one_booking_many_times_makes_one_meeting(site: Server) -> None:
    teacher = make_teacher()
    [booking] = pending(teacher, 1)

    answers = post_patiently(site, [moves(teacher, booking, "confirm")] * 30)

    assert sorted(answer.status for answer in answers) == [200] + [400] * 29
    assert {answer.body["code"] for answer in answers if answer.status == 400} <= {"wrong_status", "being_confirmed"}
    assert_zoom_agrees(booking)
    assert booking.status == Status.CONFIRMED
    # Not one that was made and deleted again either.
    assert SandboxMeeting.objects.filter(agenda__startswith=str(booking.id)).count() == 1


def test_zoom_agrees_after_bookings_are_confirmed_and_cancelled_at_once(site: Server) -> None:
    teacher = make_teacher()
    bookings = pending(teacher, 20)

    answers = post_patiently(
        site,
        [moves(teacher, booking, "confirm") for booking in bookings]
        + [moves(booking.student, booking, "cancel", reason="Schedule conflict") for booking in bookings],
    )

    confirms, cancels = answers[:20], answers[20:]
    assert {answer.status for answer in confirms} <= {200, 400}
    assert {answer.status for answer in cancels} == {200}
    for booking in bookings:
        assert_zoom_agrees(booking)
        assert booking.status == Status.CANCELLED


def test_zoom_agrees_after_bookings_are_confirmed_and_moved_at_once(site: Server) -> None:
    teacher = teacher_of_all_hours()
    bookings = pending(teacher, 20)
    elsewhen = {booking.id: booking.start_time + 3 * HOUR for booking in bookings}

    answers = post_patiently(
        site,
        [moves(teacher, booking, "confirm") for booking in bookings]
        + [
            moves(booking.student, booking, "reschedule", start_time=elsewhen[booking.id].isoformat())
            for booking in bookings
        ],
    )

    assert {answer.status for answer in answers} == {200}
    for booking in bookings:
        assert_zoom_agrees(booking)
        assert (booking.status, booking.start_time) == (Status.CONFIRMED, elsewhen[booking.id])


def test_slots_change_hands_without_overlaps_while_many_move_at_once(site: Server) -> None:
    teacher = teacher_of_all_hours()
    bookings = pending(teacher, 20)
    target = next_monday() + 20 * HOUR

    answers = site.post_at_once(
        [moves(booking.student, booking, "reschedule", start_time=target.isoformat()) for booking in bookings]
    )

    assert sorted(answer.status for answer in answers) == [200] + [400] * 19
    assert {told(answer) for answer in answers if answer.status == 400} == {TAKEN}
    live = list(Booking.objects.filter(teacher=teacher, status__in=LIVE))
    assert len(live) == 20
    assert overlaps(live) == []
