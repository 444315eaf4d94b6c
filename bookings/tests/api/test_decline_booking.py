"""POST /api/bookings/bookings/<id>/decline/"""

from typing import Any

import pytest
import time_machine

from accounts.models import User
from bookings.models import Booking, MeetingSync
from bookings.states import Actor, Move, Party, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW

REASON = {"reason": "I am ill"}


def decline(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/decline/"


@pytest.mark.parametrize(("who", "actor"), [("maria", Actor.TEACHER), ("root", Actor.STAFF)])
def test_it_works(who: str, actor: Actor, pending: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(who)
    answer = api_for(by).post(decline(pending), REASON)
    pending.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["message"] == "Booking declined successfully"
    shown = answer.json()["booking"]
    assert (shown["status"], shown["cancellation_reason"], shown["cancelled_by"]) == ("CANCELLED", "I am ill", actor)
    assert (shown["awaits"], shown["version"]) == (None, 2)
    assert (pending.status, pending.cancelled_by) == (Status.CANCELLED, actor)
    change = pending.changes.get(move=Move.DECLINE)
    assert (change.by, change.at, change.reason, change.from_status) == (by, NOW, "I am ill", Status.PENDING)


def test_its_time_is_free_again_and_zoom_is_left_alone(
    pending: Booking, bob: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    api_for(maria).post(decline(pending))
    wish = {"teacher_id": str(maria.id), "start_time": "2025-01-15T10:00:00Z"}
    assert api_for(bob).post(BOOKINGS, wish).status_code == 201
    assert zoom.calls == []
    assert not MeetingSync.objects.exists()


def test_a_student_declines_what_was_booked_for_them(pending: Booking, alice: User, maria: User, api_for: Api) -> None:
    Booking.objects.update(awaits=Party.STUDENT)
    with nothing_changes():
        answer = api_for(maria).post(decline(pending))
    assert refused(answer, 403, "This booking waits for its student's answer", "permission_denied")
    assert api_for(alice).post(decline(pending)).json()["booking"]["cancelled_by"] == "student"


def test_it_refuses_once_the_session_has_started(pending: Booking, maria: User, api_for: Api) -> None:
    with time_machine.travel(at("10:00"), tick=False), nothing_changes():
        answer = api_for(maria).post(decline(pending))
    assert refused(answer, 400, "The session can no longer be declined: its start has passed", "too_late")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x" * 501}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"expected_version": "1"}, "expected_version"),
        ({"expected_version": 0}, "expected_version"),
        ({"expected_start_time": "soon"}, "expected_start_time"),
    ],
)
def test_it_refuses_a_bad_body(body: Any, field: str, pending: Booking, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).post(decline(pending), body)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})
