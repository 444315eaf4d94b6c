"""POST /api/bookings/bookings/<id>/reschedule/"""

from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import TeacherProfile, User
from bookings import models
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import LIVE, Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, full_disk, nothing_changes, refused
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW
from zoom_sandbox.models import SandboxMeeting

AFTERNOON = {"start_time": "2025-01-15T14:00:00Z"}


def reschedule(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/reschedule/"


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_it_works(
    who: str, status: Status, alice: User, maria: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    booking = make_booking(alice, maria, start=at("10:00"), status=status)

    answer = api_for(by).post(reschedule(booking), AFTERNOON | {"duration": 90})

    booking.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["message"] == "Booking rescheduled successfully"
    shown = answer.json()["booking"]
    assert (shown["start_time"], shown["end_time"]) == ("2025-01-15T14:00:00Z", "2025-01-15T15:30:00Z")
    assert (shown["status"], shown["duration_minutes"]) == (status, 90)
    assert (booking.status, booking.start_time, booking.end_time) == (status, at("14:00"), at("15:30"))
    assert booking.blocked_until == at("15:30")
    change = booking.changes.get(move=Move.RESCHEDULE)
    assert (change.by, change.at) == (by, NOW)
    assert (change.from_status, change.to_status) == (status, status)
    assert (change.from_start, change.from_end) == (at("10:00"), at("11:00"))
    assert (change.to_start, change.to_end) == (at("14:00"), at("15:30"))


def test_its_meeting_moves_and_keeps_its_link(confirmed: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(reschedule(confirmed), AFTERNOON | {"duration": 30})
    meeting = SandboxMeeting.objects.get()
    assert (meeting.start_time, meeting.duration, meeting.deleted_at) == (at("14:00"), 30, None)
    assert answer.json()["booking"]["zoom_join_url"] == confirmed.zoom_join_url
    assert not MeetingSync.objects.open().exists()


def test_if_zoom_fails_it_is_moved_and_the_meeting_follows_later(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    zoom.fail("PATCH", Failure(status=429, headers={"Retry-After": "900"}))
    assert api_for(maria).post(reschedule(pending), AFTERNOON).status_code == 200
    assert Booking.objects.get().start_time == at("14:00")
    event = MeetingSync.objects.open().get()
    assert (event.due_at - NOW).total_seconds() == 900


def test_without_a_duration_it_stays_as_long(alice: User, maria: User, api_for: Api) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), minutes=45)
    answer = api_for(alice).post(reschedule(booking), AFTERNOON)
    assert answer.json()["booking"]["duration_minutes"] == 45


def test_the_new_time_may_overlap_the_old_one(pending: Booking, alice: User, api_for: Api) -> None:
    assert api_for(alice).post(reschedule(pending), {"start_time": "2025-01-15T10:30:00Z"}).status_code == 200


def test_the_duration_alone_may_change(pending: Booking, alice: User, api_for: Api) -> None:
    body = {"start_time": "2025-01-15T10:00:00Z", "duration": 120}
    assert api_for(alice).post(reschedule(pending), body).json()["booking"]["end_time"] == "2025-01-15T12:00:00Z"


def test_a_time_without_offset_is_the_teachers(pending: Booking, maria: User, api_for: Api) -> None:
    User.objects.filter(id=maria.id).update(timezone="Europe/Madrid")
    answer = api_for(maria).post(reschedule(pending), {"start_time": "2025-01-15T14:00:00"})
    assert answer.json()["booking"]["start_time"] == "2025-01-15T13:00:00Z"


def test_the_teachers_current_buffer_applies(pending: Booking, alice: User, api_for: Api) -> None:
    TeacherProfile.objects.update(buffer_minutes=15)
    api_for(alice).post(reschedule(pending), AFTERNOON)
    assert Booking.objects.get().blocked_until == at("15:15")


def test_it_refuses_once_the_session_has_started(pending: Booking, maria: User, api_for: Api) -> None:
    with time_machine.travel(at("10:00"), tick=False), nothing_changes():
        answer = api_for(maria).post(reschedule(pending), AFTERNOON)
    assert refused(answer, 400, "The session can no longer be rescheduled: its start has passed", "too_late")


@pytest.mark.parametrize(("who", "is_allowed"), [("alice", False), ("maria", True), ("root", True)])
def test_students_keep_to_the_teachers_notice(
    who: str, is_allowed: bool, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    TeacherProfile.objects.update(reschedule_notice_minutes=120)
    by = request.getfixturevalue(who)
    with time_machine.travel(at("09:00"), tick=False):
        client = api_for(by)
        assert client.get(f"{BOOKINGS}{pending.id}/").json()["can_reschedule"] is is_allowed
        answer = client.post(reschedule(pending), AFTERNOON)
    assert (answer.status_code == 200) is is_allowed


@pytest.mark.parametrize(
    ("start", "duration"),
    [
        pytest.param("2025-01-15T08:00:00Z", 60, id="before the hours"),
        pytest.param("2025-01-15T16:30:00Z", 60, id="over their end"),
        pytest.param("2025-01-16T10:00:00Z", 60, id="on another day"),
        pytest.param("2025-01-08T10:00:00Z", 60, id="in the past"),
        pytest.param("2026-02-04T10:00:00Z", 60, id="beyond the horizon"),
        pytest.param("2025-01-15T12:30:00Z", 60, id="over the student's other session"),
        pytest.param("2025-01-15T15:30:00Z", 60, id="over the teacher's other session"),
        pytest.param("2025-01-15T09:00:00Z", 30, id="into an absence"),
    ],
)
def test_it_refuses_a_time_that_is_not_free(
    start: str, duration: int, pending: Booking, bob: User, carl: User, api_for: Api
) -> None:
    make_booking(pending.student, carl, start=at("13:00"))
    make_booking(bob, pending.teacher, start=at("16:00"))
    TimeOff.objects.create(teacher=pending.teacher, start_time=at("09:00"), end_time=at("09:10"))
    with nothing_changes():
        answer = api_for(pending.student).post(reschedule(pending), {"start_time": start, "duration": duration})
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")


def test_a_pending_request_cannot_grow_beyond_the_students_limit(
    pending: Booking, carl: User, alice: User, api_for: Api, settings: Settings
) -> None:
    settings.MAX_PENDING_HOURS_PER_STUDENT, settings.MAX_PENDING_PER_STUDENT = 3, 1
    make_booking(alice, carl, start=at("09:00"))
    longer = {"start_time": "2025-01-15T14:00:00Z", "duration": 121}
    with nothing_changes():
        answer = api_for(alice).post(reschedule(pending), longer)
    sentence = "Your unanswered requests would hold more than 3 hours; wait for an answer first"
    assert refused(answer, 400, sentence, "too_many_pending")
    assert api_for(alice).post(reschedule(pending), longer | {"duration": 120}).status_code == 200
    assert api_for(pending.teacher).post(reschedule(pending), longer).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "start_time"),
        ({"start_time": None}, "start_time"),
        ({"start_time": 5}, "start_time"),
        ({"start_time": "tomorrow"}, "start_time"),
        ({"start_time": "2025-01-15T14:00:30Z"}, "start_time"),
        (AFTERNOON | {"duration": 4}, "duration"),
        (AFTERNOON | {"duration": 481}, "duration"),
        (AFTERNOON | {"duration": None}, "duration"),
        (AFTERNOON | {"duration": "long"}, "duration"),
        (AFTERNOON | {"duration": 60.5}, "duration"),
    ],
)
def test_it_refuses_a_bad_body(body: Any, field: str, pending: Booking, alice: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).post(reschedule(pending), body)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


def test_it_refuses_a_time_that_the_teachers_clock_skips(pending: Booking, alice: User, api_for: Api) -> None:
    User.objects.filter(id=pending.teacher_id).update(timezone="America/New_York")
    with nothing_changes():
        answer = api_for(alice).post(reschedule(pending), {"start_time": "2025-03-09T02:30:00"})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"start_time"})
    assert "America/New_York" in answer.json()["error"]


@pytest.mark.parametrize(("writer", "write"), [(models, "write_together"), (MeetingSync, "save")])
def test_it_is_all_or_nothing(writer: Any, write: str, confirmed: Booking, alice: User, api_for: Api) -> None:
    with full_disk(writer, write):
        assert api_for(alice).post(reschedule(confirmed), AFTERNOON).status_code == 500
