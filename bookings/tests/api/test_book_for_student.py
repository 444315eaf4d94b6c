"""POST /api/bookings/bookings/ with `student_id`: what a teacher, or staff, books for a student."""

import uuid
from typing import Any

import pytest
import time_machine

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking
from bookings.models import Booking, TimeOff
from bookings.services.overdue import cancel_unanswered
from bookings.states import Actor, Move, Party, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW
from zoom_sandbox.models import SandboxMeeting

pytestmark = pytest.mark.usefixtures("completed")  # Alice is Maria's student


def lesson(student: User, teacher: User, start: str = "2025-01-15T14:00:00Z", **more: Any) -> dict[str, Any]:
    return wish(teacher, start, student_id=str(student.id), **more)


@pytest.mark.parametrize("who", ["maria", "root"])
def test_it_is_confirmed_at_once_with_its_meeting(
    who: str, alice: User, maria: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    answer = api_for(by).post(BOOKINGS, lesson(alice, maria, confirmed=True))
    booking = Booking.objects.get(start_time=at("14:00"))
    meeting = SandboxMeeting.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{BOOKINGS}{booking.id}/"
    shown = answer.json()
    assert (shown["id"], shown["student"], shown["teacher"]) == (str(booking.id), str(alice.id), str(maria.id))
    assert (shown["status"], shown["awaits"], shown["zoom_meeting_id"]) == ("CONFIRMED", None, str(meeting.id))
    assert (booking.status, booking.student, booking.teacher) == (Status.CONFIRMED, alice, maria)
    assert list(booking.changes.values_list("move", "by")) == [(Move.REQUEST, by.id), (Move.CONFIRM, by.id)]


@pytest.mark.parametrize("who", ["maria", "root"])
def test_without_confirmed_it_awaits_the_student(
    who: str, alice: User, maria: User, api_for: Api, request: pytest.FixtureRequest, zoom: FakeZoom
) -> None:
    shown = api_for(request.getfixturevalue(who)).post(BOOKINGS, lesson(alice, maria)).json()
    assert (shown["status"], shown["awaits"]) == ("PENDING", "student")
    assert zoom.calls == []
    path = f"{BOOKINGS}{shown['id']}/confirm/"
    with nothing_changes():
        answer = api_for(maria).post(path)
    assert refused(answer, 403, "This booking waits for its student's answer", "permission_denied")
    answer = api_for(alice).post(path)
    assert (answer.status_code, answer.json()["booking"]["status"]) == (200, "CONFIRMED")
    assert len(zoom.meetings) == 1


def test_after_the_student_moves_it_it_awaits_the_teacher(alice: User, maria: User, api_for: Api) -> None:
    one = f"{BOOKINGS}{api_for(maria).post(BOOKINGS, lesson(alice, maria)).json()['id']}/"
    api_for(alice).post(f"{one}reschedule/", {"start_time": "2025-01-15T15:00:00Z"})
    assert api_for(maria).get(one).json()["awaits"] == "teacher"
    assert api_for(alice).post(f"{one}confirm/").status_code == 403
    assert api_for(maria).post(f"{one}confirm/").status_code == 200


def test_bookings_that_await_the_student_do_not_count_as_their_requests(
    alice: User, maria: User, api_for: Api, settings: Any
) -> None:
    settings.MAX_PENDING_PER_STUDENT = 1
    assert api_for(maria).post(BOOKINGS, lesson(alice, maria)).status_code == 201
    assert api_for(alice).post(BOOKINGS, wish(maria)).status_code == 201
    assert api_for(alice).post(BOOKINGS, wish(maria, "2025-01-15T11:00:00Z")).json()["code"] == "too_many_pending"


def test_if_zoom_fails_the_time_is_free_again(alice: User, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400))
    answer = api_for(maria).post(BOOKINGS, lesson(alice, maria, confirmed=True))
    assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
    booking = Booking.objects.get(start_time=at("14:00"))
    assert (booking.status, booking.cancelled_by) == (Status.CANCELLED, Actor.SYSTEM)
    assert api_for(maria).post(BOOKINGS, lesson(alice, maria, confirmed=True)).status_code == 201


def test_a_cancellation_by_the_student_while_zoom_fails_is_recorded_as_theirs(
    alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    def call_off() -> None:
        booking = Booking.objects.get(start_time=at("14:00"))
        assert api_for(alice).post(f"{BOOKINGS}{booking.id}/cancel/", {"reason": "No time"}).status_code == 200

    zoom.fail("POST", Failure(status=400))
    zoom.meanwhile("POST", call_off)
    answer = api_for(maria).post(BOOKINGS, lesson(alice, maria, confirmed=True))
    assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
    assert Booking.objects.get(start_time=at("14:00")).cancelled_by == Actor.STUDENT


def test_a_repeated_request_with_its_key_books_once(alice: User, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    body, headers = lesson(alice, maria, confirmed=True), {"Idempotency-Key": "a-key"}
    first, second = (api_for(maria).post(BOOKINGS, body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert zoom.count("POST") == 1


def test_minimum_notice_does_not_bind_the_teacher(alice: User, maria: User, api_for: Api) -> None:
    TeacherProfile.objects.update(minimum_notice_minutes=60 * 24 * 30)
    assert api_for(alice).post(BOOKINGS, wish(maria)).status_code == 400
    assert api_for(maria).post(BOOKINGS, lesson(alice, maria)).status_code == 201


@pytest.mark.parametrize("start", ["2025-01-15T18:00:00Z", "2025-01-18T10:00:00Z", "2025-01-15T14:00:00Z"])
def test_with_outside_hours_hours_and_absences_are_ignored(start: str, alice: User, maria: User, api_for: Api) -> None:
    TimeOff.objects.create(teacher=maria, start_time=at("14:30"), end_time=at("14:40"))
    with nothing_changes():
        answer = api_for(maria).post(BOOKINGS, lesson(alice, maria, start))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert api_for(maria).post(BOOKINGS, lesson(alice, maria, start, outside_hours=True)).status_code == 201


@pytest.mark.parametrize(
    ("start", "duration"),
    [
        pytest.param("2025-01-10T11:00:00Z", 60, id="in the past"),
        pytest.param("2026-02-04T10:00:00Z", 60, id="beyond the horizon"),
        pytest.param("2025-01-15T20:30:00Z", 60, id="over the teacher's other session"),
        pytest.param("2025-01-15T19:00:00Z", 55, id="too close before it"),
        pytest.param("2025-01-15T21:05:00Z", 60, id="too close after it"),
        pytest.param("2025-01-15T22:00:00Z", 60, id="over the student's other session"),
    ],
)
def test_other_sessions_and_the_past_are_still_refused(
    start: str, duration: int, alice: User, bob: User, maria: User, carl: User, api_for: Api
) -> None:
    TeacherProfile.objects.filter(user=maria).update(buffer_minutes=10)
    maria.refresh_from_db()
    make_booking(bob, maria, start=at("20:00"))
    make_booking(alice, carl, start=at("22:30"))
    body = lesson(alice, maria, start, outside_hours=True) | {"duration": duration}
    with nothing_changes():
        assert refused(api_for(maria).post(BOOKINGS, body), 400, "Time slot is not available", "slot_unavailable")


def test_a_teacher_moves_a_session_outside_their_hours(
    pending: Booking, maria: User, alice: User, api_for: Api
) -> None:
    path, body = f"{BOOKINGS}{pending.id}/reschedule/", {"start_time": "2025-01-15T18:00:00Z"}
    with nothing_changes():
        assert api_for(maria).post(path, body).status_code == 400
        answer = api_for(alice).post(path, body | {"outside_hours": True})
    assert refused(answer, 403, "Only teachers can book outside their hours", "permission_denied")
    answer = api_for(maria).post(path, body | {"outside_hours": True})
    assert answer.json()["booking"]["start_time"] == body["start_time"]


def test_minimum_notice_does_not_bind_the_teacher_who_moves(
    pending: Booking, maria: User, alice: User, api_for: Api
) -> None:
    TeacherProfile.objects.update(minimum_notice_minutes=60 * 24)
    path, body = f"{BOOKINGS}{pending.id}/reschedule/", {"start_time": "2025-01-15T14:00:00Z"}
    with time_machine.travel(at("09:00"), tick=False):
        assert api_for(alice).post(path, body).status_code == 400
        assert api_for(maria).post(path, body).status_code == 200


def test_a_teacher_can_book_only_own_students_and_staff_any(
    bob: User, carl: User, maria: User, root: User, api_for: Api
) -> None:
    nobody = {"student_id": str(uuid.uuid4())}
    with nothing_changes():
        foreign = api_for(maria).post(BOOKINGS, lesson(bob, maria))
        missing = api_for(maria).post(BOOKINGS, lesson(bob, maria) | nobody)
        teacher = api_for(root).post(BOOKINGS, lesson(carl, maria))
    for answer in (foreign, missing, teacher):
        assert refused(answer, 404, "Student not found", "not_found")
    assert api_for(root).post(BOOKINGS, lesson(bob, maria)).status_code == 201


def test_other_roles_are_refused(alice: User, maria: User, carl: User, api_for: Api) -> None:
    with nothing_changes():
        student = api_for(alice).post(BOOKINGS, lesson(alice, maria))
        other = api_for(carl).post(BOOKINGS, lesson(alice, maria))
        without = api_for(maria).post(BOOKINGS, wish(maria, "2025-01-15T14:00:00Z"))
    assert refused(student, 403, "Only teachers can book for students", "permission_denied")
    assert refused(other, 403, "Teachers can book only their own sessions", "permission_denied")
    assert refused(without, 403, "Only students can request bookings", "permission_denied")


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"student_id": "alice"}, {"student_id"}),
        ({"student_id": None}, {"student_id"}),
        ({"student_id": str(uuid.UUID(int=1)), "confirmed": "yes"}, {"confirmed"}),
        ({"student_id": str(uuid.UUID(int=1)), "outside_hours": 1}, {"outside_hours"}),
        ({"confirmed": True, "outside_hours": True}, {"confirmed", "outside_hours"}),
    ],
)
def test_it_refuses_a_bad_body(more: Any, fields: set[str], maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).post(BOOKINGS, wish(maria) | more)
    assert (answer.status_code, set(answer.json()["details"])) == (400, fields)


def test_a_booking_that_the_student_never_answers_is_cancelled(alice: User, maria: User, api_for: Api) -> None:
    api_for(maria).post(BOOKINGS, lesson(alice, maria))
    assert cancel_unanswered(now=at("14:00")) == 1
    booking = Booking.objects.get(start_time=at("14:00"))
    assert (booking.awaits, booking.status, booking.cancelled_by) == (Party.STUDENT, Status.CANCELLED, Actor.SYSTEM)
    assert booking.created_at == NOW
