"""GET, POST /api/bookings/feedback/ and GET /api/bookings/feedback/<id>/"""

import uuid
from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, Feedback
from bookings.states import Status
from bookings.tests.conftest import Api, at, nothing_changes, refused
from conftest import NOW

FEEDBACK = "/api/bookings/feedback/"


def review(booking: Booking) -> dict[str, Any]:
    return {"booking_id": str(booking.id), "rating": 5, "comment": "Excellent session! Very helpful teacher."}


def test_it_works(completed: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(FEEDBACK, review(completed))
    feedback = Feedback.objects.get()
    assert answer.status_code == 201
    assert answer.json() == review(completed) | {
        "id": str(feedback.id),
        "student_name": "Alice Adams",
        "teacher_name": "Maria Garcia",
        "created_at": "2025-01-10T12:00:00Z",
    }
    assert (feedback.booking, feedback.rating, feedback.created_at) == (completed, 5, NOW)
    assert feedback.comment == "Excellent session! Very helpful teacher."


def test_a_comment_is_not_needed(completed: Booking, alice: User, api_for: Api) -> None:
    body = {"booking_id": str(completed.id), "rating": 1}
    assert api_for(alice).post(FEEDBACK, body).json()["comment"] == ""


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_the_parties_can_read_it(who: str, completed: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    feedback = make_feedback(completed, rating=4)
    client = api_for(request.getfixturevalue(who))
    found = client.get(FEEDBACK).json()
    assert (found["count"], found["results"][0]["rating"]) == (1, 4)
    assert client.get(f"{FEEDBACK}{feedback.id}/").json() == found["results"][0]


@pytest.mark.parametrize("who", ["bob", "carl"])
def test_strangers_find_nothing(who: str, completed: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    stranger = api_for(request.getfixturevalue(who))
    with nothing_changes():
        foreign = stranger.post(FEEDBACK, review(completed))
        missing = stranger.post(FEEDBACK, review(completed) | {"booking_id": str(uuid.uuid4())})
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content
    feedback = make_feedback(completed)
    assert stranger.get(FEEDBACK).json()["count"] == 0
    assert stranger.get(f"{FEEDBACK}{feedback.id}/").status_code == 404


@pytest.mark.parametrize("who", ["maria", "root"])
def test_only_the_student_can_leave_it(
    who: str, completed: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    with nothing_changes():
        answer = api_for(request.getfixturevalue(who)).post(FEEDBACK, review(completed))
    assert refused(answer, 403, "Only students can leave feedback", "permission_denied")


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED, Status.CANCELLED])
def test_it_refuses_before_the_session_is_completed(status: Status, alice: User, maria: User, api_for: Api) -> None:
    booking = make_booking(alice, maria, start=at("10:00", day=8), status=status)
    with nothing_changes():
        answer = api_for(alice).post(FEEDBACK, review(booking))
    assert refused(answer, 400, "Feedback can be left only for completed bookings", "wrong_status")


def test_it_can_be_left_once(completed: Booking, alice: User, api_for: Api) -> None:
    make_feedback(completed, rating=2)
    with nothing_changes():
        answer = api_for(alice).post(FEEDBACK, review(completed))
    assert refused(answer, 400, "Feedback has already been left for this booking", "already_left")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": None}, "rating"),
        ({"rating": "five"}, "rating"),
        ({"rating": [5]}, "rating"),
        ({"comment": "x" * 2001}, "comment"),
        ({"comment": None}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"booking_id": "abc"}, "booking_id"),
        ({"booking_id": 5}, "booking_id"),
        ({"booking_id": None}, "booking_id"),
    ],
)
def test_it_refuses_a_bad_body(change: Any, field: str, completed: Booking, alice: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).post(FEEDBACK, review(completed) | change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_feedback_cannot_be_changed(method: str, completed: Booking, alice: User, api_for: Api) -> None:
    feedback = make_feedback(completed)
    with nothing_changes():
        answer = getattr(api_for(alice), method)(f"{FEEDBACK}{feedback.id}/", {"rating": 1})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
