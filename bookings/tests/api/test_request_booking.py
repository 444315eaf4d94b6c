"""POST /api/bookings/bookings/: a student asks for a session."""

import uuid
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.authentication import bearer
from accounts.factories import make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, BookingChange, MeetingSync, TimeOff
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW


def test_it_works(alice: User, maria: User, api_for: Api) -> None:
    answer = api_for(alice).post(BOOKINGS, wish(maria, notes="Irregular verbs"))
    booking = Booking.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(booking.id),
        "student": str(alice.id),
        "teacher": str(maria.id),
        "student_name": "Alice Adams",
        "teacher_name": "Maria Garcia",
        "start_time": "2025-01-15T10:00:00Z",
        "end_time": "2025-01-15T11:00:00Z",
        "duration_minutes": 60,
        "status": "PENDING",
        "zoom_meeting_id": None,
        "zoom_join_url": None,
        "notes": "Irregular verbs",
        "cancellation_reason": "",
        "can_cancel": True,
        "can_reschedule": True,
        "zoom_info": {"meeting_id": None, "join_url": None, "has_meeting": False, "password": None},
        "version": 1,
        "awaits": "teacher",
        "cancelled_by": None,
        "outcome": None,
        "created_at": "2025-01-10T12:00:00Z",
        "updated_at": "2025-01-10T12:00:00Z",
        "teacher_timezone": "UTC",
        "student_timezone": "UTC",
        "feedback": None,
        "cancel_until": "2025-01-15T10:00:00Z",
        "reschedule_until": "2025-01-15T10:00:00Z",
    }
    assert answer.headers["Location"] == f"{BOOKINGS}{booking.id}/"
    assert (booking.student, booking.teacher, booking.status) == (alice, maria, Status.PENDING)
    assert (booking.start_time, booking.end_time, booking.blocked_until) == (at("10:00"), at("11:00"), at("11:00"))
    assert (booking.notes, booking.created_at) == ("Irregular verbs", NOW)


def test_it_is_recorded_and_zoom_is_left_alone(alice: User, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    api_for(alice).post(BOOKINGS, wish(maria))
    change = BookingChange.objects.get()
    assert (change.move, change.by, change.at) == (Move.REQUEST, alice, NOW)
    assert (change.from_status, change.to_status, change.from_start) == ("", Status.PENDING, None)
    assert (change.to_start, change.to_end) == (at("10:00"), at("11:00"))
    assert not MeetingSync.objects.exists()
    assert zoom.calls == []


def test_duration_and_notes_default_to_an_hour_and_none(alice: User, maria: User, api_for: Api) -> None:
    body = {"teacher_id": str(maria.id), "start_time": "2025-01-15T10:00:00Z"}
    answer = api_for(alice).post(BOOKINGS, body)
    assert (answer.json()["duration_minutes"], answer.json()["notes"]) == (60, "")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("2025-01-15T10:00:00Z", "2025-01-15T10:00:00Z", id="UTC"),
        pytest.param("2025-01-15T10:00:00+02:00", "2025-01-15T08:00:00Z", id="an offset"),
        pytest.param("2025-01-15T10:00:00", "2025-01-15T09:00:00Z", id="none: the teacher's clock"),
        pytest.param("2025-01-15T10:07", "2025-01-15T09:07:00Z", id="any whole minute"),
    ],
)
def test_the_start_may_be_written_in_several_ways(start: str, expected: str, alice: User, api_for: Api) -> None:
    madrid = make_teacher(timezone="Europe/Madrid")
    make_hours(madrid)
    assert api_for(alice).post(BOOKINGS, wish(madrid, start)).json()["start_time"] == expected


def test_the_teachers_buffer_is_blocked_too(alice: User, bob: User, api_for: Api) -> None:
    teacher = make_teacher(buffer_minutes=15)
    make_hours(teacher)
    api_for(alice).post(BOOKINGS, wish(teacher))
    assert Booking.objects.get().blocked_until == at("11:15")
    assert api_for(bob).post(BOOKINGS, wish(teacher, "2025-01-15T11:00:00Z")).status_code == 400
    assert api_for(bob).post(BOOKINGS, wish(teacher, "2025-01-15T11:15:00Z")).status_code == 201
    assert api_for(bob).post(BOOKINGS, wish(teacher, "2025-01-15T08:45:00Z")).status_code == 400


def test_a_session_may_cross_midnight_if_the_hours_do(alice: User, api_for: Api) -> None:
    owl = make_teacher()
    make_hours(owl, day_of_week=2, start="22:00", end="00:00")
    make_hours(owl, day_of_week=3, start="00:00", end="02:00")
    answer = api_for(alice).post(BOOKINGS, wish(owl, "2025-01-15T23:30:00Z"))
    assert (answer.status_code, answer.json()["end_time"]) == (201, "2025-01-16T00:30:00Z")


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED])
def test_cancelled_and_completed_bookings_do_not_block_time(
    status: Status, alice: User, bob: User, maria: User, api_for: Api
) -> None:
    make_booking(bob, maria, start=at("10:00"), status=status)
    assert api_for(alice).post(BOOKINGS, wish(maria)).status_code == 201


def test_neighbours_may_touch(pending: Booking, bob: User, maria: User, api_for: Api) -> None:
    assert api_for(bob).post(BOOKINGS, wish(maria, "2025-01-15T09:00:00Z")).status_code == 201
    assert api_for(bob).post(BOOKINGS, wish(maria, "2025-01-15T11:00:00Z")).status_code == 201


def test_only_teachers_can_be_booked(alice: User, bob: User, api_for: Api) -> None:
    for teacher in (bob, alice, make_teacher(is_active=False), User(id=uuid.uuid4())):
        with nothing_changes():
            answer = api_for(alice).post(BOOKINGS, wish(teacher))
        assert refused(answer, 404, "Teacher not found", "not_found")


def test_a_caller_cannot_book_themselves_even_with_tokens_of_two_roles(
    maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one with the older role was read just before the other made a teacher of its holder."""
    as_student = User.objects.get(id=maria.id)
    as_student.role = "student"
    monkeypatch.setattr(bearer, "account_for", lambda _, **__: as_student)
    with nothing_changes():
        answer = api_for(maria).post(BOOKINGS, wish(maria))
    assert refused(answer, 400, "You cannot book a session with yourself", "own_teacher")


def test_teachers_cannot_request_bookings(maria: User, carl: User, api_for: Api) -> None:
    for teacher in (maria, carl):
        with nothing_changes():
            answer = api_for(carl).post(BOOKINGS, wish(teacher))
        assert refused(answer, 403, "Only students can request bookings", "permission_denied")


@pytest.mark.parametrize(
    ("start", "duration"),
    [
        pytest.param("2025-01-15T10:00:00Z", 60, id="the same time"),
        pytest.param("2025-01-15T09:30:00Z", 60, id="into it"),
        pytest.param("2025-01-15T10:30:00Z", 60, id="out of it"),
        pytest.param("2025-01-15T10:15:00Z", 30, id="inside it"),
        pytest.param("2025-01-15T09:30:00Z", 120, id="around it"),
        pytest.param("2025-01-15T08:30:00Z", 60, id="before the hours"),
        pytest.param("2025-01-15T16:30:00Z", 60, id="over their end"),
        pytest.param("2025-01-14T10:00:00Z", 60, id="on a day without hours"),
        pytest.param("2025-01-08T10:00:00Z", 60, id="in the past"),
        pytest.param("2026-01-14T10:00:00Z", 60, id="beyond the horizon"),
        pytest.param("2025-01-15T14:30:00Z", 60, id="into an absence"),
        pytest.param("2199-12-31T23:59:00Z", 60, id="at the end of the calendar"),
        pytest.param("2001-01-01T00:00:00+14:00", 60, id="at its beginning"),
    ],
)
def test_it_refuses_a_time_that_is_not_free(
    start: str, duration: int, pending: Booking, bob: User, maria: User, api_for: Api
) -> None:
    TeacherProfile.objects.update(horizon_days=360)
    TimeOff.objects.create(teacher=maria, start_time=at("15:00"), end_time=at("15:30"))
    with nothing_changes():
        answer = api_for(bob).post(BOOKINGS, wish(maria, start, duration=duration))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert "details" not in answer.json()


def test_a_student_is_in_one_session_at_a_time(pending: Booking, alice: User, carl: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T10:30:00Z"))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T11:00:00Z")).status_code == 201


@pytest.mark.parametrize(("clock", "is_allowed"), [("08:00", True), ("08:00:01", False)])
def test_the_minimum_notice_is_kept(clock: str, is_allowed: bool, alice: User, maria: User, api_for: Api) -> None:
    TeacherProfile.objects.update(minimum_notice_minutes=120)
    with time_machine.travel(at(clock), tick=False):
        assert (api_for(alice).post(BOOKINGS, wish(maria)).status_code == 201) is is_allowed


def test_unanswered_requests_are_limited(
    alice: User, bob: User, maria: User, carl: User, api_for: Api, settings: Settings
) -> None:
    settings.MAX_PENDING_PER_STUDENT = 2
    for hour in (9, 10):
        assert api_for(alice).post(BOOKINGS, wish(maria, f"2025-01-15T{hour:02}:00:00Z")).status_code == 201
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T14:00:00Z"))
    assert refused(answer, 400, "You have 2 unanswered requests; wait for an answer first", "too_many_pending")
    assert api_for(bob).post(BOOKINGS, wish(carl, "2025-01-15T14:00:00Z")).status_code == 201
    api_for(maria).post(f"{BOOKINGS}{Booking.objects.filter(student=alice)[0].id}/confirm/")
    assert api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T15:00:00Z")).status_code == 201


def test_requests_whose_time_has_passed_do_not_count(
    alice: User, maria: User, api_for: Api, settings: Settings
) -> None:
    settings.MAX_PENDING_PER_STUDENT = 1
    make_booking(alice, maria, start=at("10:00", day=8))
    assert api_for(alice).post(BOOKINGS, wish(maria)).status_code == 201


def test_the_hours_that_unanswered_requests_hold_are_limited(
    alice: User, bob: User, maria: User, carl: User, api_for: Api, settings: Settings
) -> None:
    settings.MAX_PENDING_HOURS_PER_STUDENT = 3
    make_booking(alice, maria, start=at("09:00"), minutes=120)
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T11:00:00Z", duration=61))
    sentence = "Your unanswered requests would hold more than 3 hours; wait for an answer first"
    assert refused(answer, 400, sentence, "too_many_pending")
    assert api_for(alice).post(BOOKINGS, wish(carl, "2025-01-15T11:00:00Z", duration=60)).status_code == 201
    assert api_for(bob).post(BOOKINGS, wish(carl, "2025-01-15T13:00:00Z", duration=180)).status_code == 201


def test_a_limit_of_zero_means_none(alice: User, maria: User, api_for: Api, settings: Settings) -> None:
    settings.MAX_PENDING_PER_STUDENT = settings.MAX_PENDING_HOURS_PER_STUDENT = 0
    for hour in range(9, 17):
        assert api_for(alice).post(BOOKINGS, wish(maria, f"2025-01-15T{hour:02}:00:00Z")).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"teacher_id": None}, "teacher_id"),
        ({"teacher_id": "abc"}, "teacher_id"),
        ({"teacher_id": True}, "teacher_id"),
        ({"teacher_id": 7}, "teacher_id"),
        ({"start_time": None}, "start_time"),
        ({"start_time": ""}, "start_time"),
        ({"start_time": "2025-01-15"}, "start_time"),
        ({"start_time": "2025-01-15T10:00:30Z"}, "start_time"),
        ({"start_time": "2025-01-15T10:00:00.5Z"}, "start_time"),
        ({"start_time": "2025-02-30T10:00:00Z"}, "start_time"),
        ({"start_time": 1736935200}, "start_time"),
        ({"duration": 4}, "duration"),
        ({"duration": 481}, "duration"),
        ({"duration": -60}, "duration"),
        ({"duration": 60.5}, "duration"),
        ({"duration": None}, "duration"),
        ({"duration": True}, "duration"),
        ({"duration": [60]}, "duration"),
        ({"notes": "x" * 2001}, "notes"),
        ({"notes": None}, "notes"),
        ({"notes": True}, "notes"),
        ({"notes": "a\x00b"}, "notes"),
    ],
)
def test_it_refuses_a_bad_body(change: Any, field: str, alice: User, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(maria) | change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})
    assert answer.json()["error"].startswith(f"{field}: ")


def test_all_invalid_fields_are_reported_at_once(alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(BOOKINGS, {"duration": 1})
    assert set(answer.json()["details"]) == {"teacher_id", "start_time", "duration"}


def test_it_refuses_a_time_that_the_teachers_clock_skips(alice: User, api_for: Api) -> None:
    teacher = make_teacher(timezone="America/New_York")
    make_hours(teacher, day_of_week=6, start="00:00", end="00:00")
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(teacher, "2025-03-09T02:30:00"))
    sentence = "start_time: The clock in America/New_York skips this time; send another, or one with an offset."
    assert refused(answer, 400, sentence, "invalid")


def test_fields_of_the_server_are_never_applied(alice: User, bob: User, maria: User, api_for: Api) -> None:
    foreign = {
        "id": str(uuid.UUID(int=1)),
        "student": str(bob.id),
        "status": "CONFIRMED",
        "zoom_meeting_id": "1",
        "zoom_join_url": "https://evil.example",
        "blocked_until": "2025-01-15T10:00:00Z",
        "created_at": "2000-01-01T00:00:00Z",
    }
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(maria) | foreign)
    assert (answer.status_code, set(answer.json()["details"])) == (400, set(foreign))


def test_hours_are_by_the_weekday_in_the_teachers_zone(alice: User, api_for: Api) -> None:
    kiritimati = make_teacher(timezone="Pacific/Kiritimati")
    make_hours(kiritimati, day_of_week=2, start="00:00", end="01:00")
    answer = api_for(alice).post(BOOKINGS, wish(kiritimati, "2025-01-15T00:00:00"))
    assert answer.json()["start_time"] == "2025-01-14T10:00:00Z"
