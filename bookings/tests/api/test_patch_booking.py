"""PATCH /api/bookings/bookings/<id>/: the student's notes, or the teacher's COMPLETED."""

import uuid
from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking, BookingChange, MeetingSync
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from conftest import NOW

NOTES = {"notes": "Past tenses, please"}


def one(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/"


def test_the_student_edits_the_notes(pending: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).patch(one(pending), NOTES)
    assert answer.status_code == 200
    assert answer.json()["notes"] == "Past tenses, please"
    assert answer.json() == api_for(alice).get(one(pending)).json()
    assert Booking.objects.get().notes == "Past tenses, please"
    assert BookingChange.objects.count() == 1
    assert not MeetingSync.objects.exists()


def test_notes_can_be_emptied(pending: Booking, alice: User, api_for: Api) -> None:
    assert api_for(alice).patch(one(pending), {"notes": ""}).json()["notes"] == ""


def test_the_teacher_completes_by_status(alice: User, maria: User, api_for: Api) -> None:
    begun = make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)
    answer = api_for(maria).patch(one(begun), {"status": "COMPLETED"})
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")
    assert begun.changes.get(move=Move.COMPLETE).by == maria


def test_it_needs_a_token(pending: Booking, api_for: Api) -> None:
    with nothing_changes():
        assert api_for(None).patch(one(pending), NOTES).status_code == 401


@pytest.mark.parametrize("body", [NOTES, {"status": "COMPLETED"}])
@pytest.mark.parametrize("who", ["bob", "carl"])
def test_a_strangers_booking_is_404(
    who: str, body: Any, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    stranger = api_for(request.getfixturevalue(who))
    with nothing_changes():
        foreign = stranger.patch(one(pending), body)
        missing = stranger.patch(f"{BOOKINGS}{uuid.uuid4()}/", body)
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content


@pytest.mark.parametrize("who", ["maria", "root"])
def test_only_the_student_can_edit_the_notes(
    who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    with nothing_changes():
        answer = api_for(request.getfixturevalue(who)).patch(one(pending), NOTES)
    assert refused(answer, 403, "Only students can edit the notes of bookings", "permission_denied")


def test_only_the_teacher_can_complete(alice: User, maria: User, api_for: Api) -> None:
    begun = make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)
    with nothing_changes():
        answer = api_for(alice).patch(one(begun), {"status": "COMPLETED"})
    assert refused(answer, 403, "Only teachers can complete bookings", "permission_denied")


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.CANCELLED, Status.COMPLETED])
def test_notes_are_fixed_once_the_request_is_answered(status: Status, alice: User, maria: User, api_for: Api) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), status=status)
    with nothing_changes():
        answer = api_for(alice).patch(one(booking), NOTES)
    assert refused(answer, 400, "Notes can be edited only while the booking is pending", "wrong_status")


@pytest.mark.parametrize("status", ["PENDING", "CONFIRMED", "CANCELLED", "completed", "", None, 1, ["COMPLETED"], {}])
def test_no_other_status_can_be_set(status: Any, alice: User, maria: User, api_for: Api) -> None:
    begun = make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)
    with nothing_changes():
        answer = api_for(maria).patch(one(begun), {"status": status})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"status"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        NOTES | {"status": "COMPLETED"},
        {"start_time": "2025-01-15T14:00:00Z"},
        {"teacher": str(uuid.UUID(int=1))},
        {"notes": "x" * 2001},
        {"notes": None},
        {"notes": {"a": 1}},
    ],
)
def test_it_refuses_a_bad_body(body: Any, pending: Booking, alice: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).patch(one(pending), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_fields_of_the_server_are_never_applied(pending: Booking, alice: User, bob: User, api_for: Api) -> None:
    foreign = {"id": str(uuid.uuid4()), "student": str(bob.id), "teacher": str(bob.id), "zoom_join_url": "https://x"}
    with nothing_changes():
        answer = api_for(alice).patch(one(pending), NOTES | foreign)
    assert (answer.status_code, set(answer.json()["details"])) == (400, set(foreign))
