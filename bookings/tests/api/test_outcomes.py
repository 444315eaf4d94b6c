"""What became of a session: told when it is completed, or corrected afterwards; feedback only where it took place."""

from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, Feedback
from bookings.services.overdue import complete_finished
from bookings.states import Move, Outcome, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from conftest import NOW

FEEDBACK = "/api/bookings/feedback/"


@pytest.fixture
def begun(alice: User, maria: User) -> Booking:
    """A confirmed session that starts this very moment."""
    return make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (None, "took_place", ""),
        ({"outcome": "took_place"}, "took_place", ""),
        ({"outcome": "student_absent"}, "student_absent", "The student did not come"),
        ({"outcome": "teacher_absent"}, "teacher_absent", "The teacher did not come"),
    ],
)
def test_the_outcome_is_set_by_the_completion(
    body: Any, outcome: str, reason: str, begun: Booking, maria: User, api_for: Api
) -> None:
    shown = api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", body).json()["booking"]
    assert (shown["status"], shown["outcome"]) == ("COMPLETED", outcome)
    begun.refresh_from_db()
    assert (begun.status, begun.outcome) == (Status.COMPLETED, outcome)
    assert begun.changes.get(move=Move.COMPLETE).reason == reason


def test_the_outcome_is_null_before_the_completion(begun: Booking, maria: User, api_for: Api) -> None:
    assert api_for(maria).get(f"{BOOKINGS}{begun.id}/").json()["outcome"] is None


def test_a_session_completed_automatically_took_place(begun: Booking) -> None:
    complete_finished(now=at("23:00"))
    begun.refresh_from_db()
    assert begun.outcome == Outcome.TOOK_PLACE


@pytest.mark.parametrize("outcome", ["student_absent", "teacher_absent"])
def test_a_session_that_did_not_take_place_cannot_be_rated(
    outcome: str, begun: Booking, alice: User, maria: User, api_for: Api
) -> None:
    api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", {"outcome": outcome})
    with nothing_changes():
        answer = api_for(alice).post(FEEDBACK, {"booking_id": str(begun.id), "rating": 1})
    sentence = "Feedback can be left only for sessions that took place"
    assert refused(answer, 400, sentence, "did_not_take_place")


@pytest.mark.parametrize("who", ["maria", "root"])
def test_the_teacher_can_correct_the_outcome(
    who: str, completed: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    answer = api_for(by).patch(f"{BOOKINGS}{completed.id}/", {"outcome": "student_absent"})
    completed.refresh_from_db()
    assert (answer.status_code, answer.json()["outcome"]) == (200, "student_absent")
    assert (completed.status, completed.outcome, completed.version) == (Status.COMPLETED, "student_absent", 4)
    change = completed.changes.get(move=Move.CORRECT)
    assert (change.by, change.at, change.reason) == (by, NOW, "The student did not come")
    assert change.from_status == change.to_status == Status.COMPLETED


def test_a_session_with_feedback_took_place(completed: Booking, maria: User, api_for: Api) -> None:
    make_feedback(completed)
    with nothing_changes():
        answer = api_for(maria).patch(f"{BOOKINGS}{completed.id}/", {"outcome": "teacher_absent"})
    assert refused(answer, 400, "There is feedback on this session, so it took place", "has_feedback")


def test_correcting_needs_a_token_a_party_and_the_teacher(
    completed: Booking, alice: User, bob: User, carl: User, api_for: Api
) -> None:
    path, body = f"{BOOKINGS}{completed.id}/", {"outcome": "student_absent"}
    with nothing_changes():
        assert api_for(None).patch(path, body).status_code == 401
        for stranger in (bob, carl):
            assert refused(api_for(stranger).patch(path, body), 404, "Booking not found", "not_found")
        assert refused(api_for(alice).patch(path, body), 403, "Only teachers can correct bookings", "permission_denied")


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED, Status.CANCELLED])
def test_only_completed_sessions_can_be_corrected(status: Status, alice: User, maria: User, api_for: Api) -> None:
    booking = make_booking(alice, maria, start=NOW, status=status)
    with nothing_changes():
        answer = api_for(maria).patch(f"{BOOKINGS}{booking.id}/", {"outcome": "took_place"})
    sentence = f"Only completed bookings can be corrected; this one is {status.lower()}"
    assert refused(answer, 400, sentence, "wrong_status")


@pytest.mark.parametrize("outcome", ["", "late", None, 1, ["took_place"]])
def test_it_refuses_a_bad_body(outcome: Any, begun: Booking, completed: Booking, maria: User, api_for: Api) -> None:
    with nothing_changes():
        for answer in (
            api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", {"outcome": outcome}),
            api_for(maria).patch(f"{BOOKINGS}{completed.id}/", {"outcome": outcome}),
        ):
            assert (answer.status_code, set(answer.json()["details"])) == (400, {"outcome"})


def test_the_booking_shows_its_rating(completed: Booking, alice: User, api_for: Api) -> None:
    assert api_for(alice).get(f"{BOOKINGS}{completed.id}/").json()["feedback"] is None
    api_for(alice).post(FEEDBACK, {"booking_id": str(completed.id), "rating": 4})
    shown = api_for(alice).get(f"{BOOKINGS}{completed.id}/").json()
    assert shown["feedback"] == {"id": str(Feedback.objects.get().id), "rating": 4}
    assert shown["updated_at"] == "2025-01-10T12:00:00Z"
