"""Common to confirm, decline, cancel, reschedule and complete: the wrong person, and the wrong status."""

import uuid
from typing import Any, NamedTuple

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW


class Shape(NamedTuple):
    """Of a move: the statuses it starts from, its participle in sentences, and what is sent."""

    allowed: tuple[Status, ...]
    done: str
    body: dict[str, Any]


MOVES = {
    "confirm": Shape((Status.PENDING,), "confirmed", {}),
    "decline": Shape((Status.PENDING,), "declined", {"reason": "Ill"}),
    "cancel": Shape((Status.PENDING, Status.CONFIRMED), "cancelled", {"reason": "Ill"}),
    "reschedule": Shape((Status.PENDING, Status.CONFIRMED), "rescheduled", {"start_time": "2025-01-15T14:00:00Z"}),
    "complete": Shape((Status.CONFIRMED,), "completed", {}),
}
FOR_TEACHERS = ("confirm", "decline", "complete")
WRONG = [
    (move, who, status)
    for move, shape in MOVES.items()
    for who in ("maria", "root" if move in FOR_TEACHERS else "alice")
    for status in Status
    if status not in shape.allowed
]


def booked(move: str, alice: User, maria: User, status: Status) -> Booking:
    """A booking that the move could be made on, but for its status."""
    return make_booking(alice, maria, start=NOW if move == "complete" else at("10:00"), status=status)


def address(booking_id: uuid.UUID, move: str) -> str:
    return f"{BOOKINGS}{booking_id}/{move}/"


@pytest.mark.parametrize("who", ["bob", "carl"])
@pytest.mark.parametrize("move", MOVES)
def test_a_strangers_booking_is_answered_like_a_missing_one(
    move: str, who: str, alice: User, maria: User, api_for: Api, zoom: FakeZoom, request: pytest.FixtureRequest
) -> None:
    shape, stranger = MOVES[move], api_for(request.getfixturevalue(who))
    booking = booked(move, alice, maria, shape.allowed[0])
    with nothing_changes():
        foreign = stranger.post(address(booking.id, move), shape.body)
        missing = stranger.post(address(uuid.uuid4(), move), shape.body)
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content
    assert zoom.calls == []


@pytest.mark.parametrize("move", FOR_TEACHERS)
def test_the_student_may_not_make_the_teachers_moves(
    move: str, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    shape = MOVES[move]
    booking = booked(move, alice, maria, shape.allowed[0])
    with nothing_changes():
        answer = api_for(alice).post(address(booking.id, move), shape.body)
    assert refused(answer, 403, f"Only teachers can {move} bookings", "permission_denied")
    assert zoom.calls == []


@pytest.mark.parametrize(("move", "who", "status"), WRONG)
def test_moves_are_refused_in_other_statuses(
    move: str,
    who: str,
    status: Status,
    alice: User,
    maria: User,
    api_for: Api,
    zoom: FakeZoom,
    request: pytest.FixtureRequest,
) -> None:
    shape, booking = MOVES[move], booked(move, alice, maria, status)
    with nothing_changes():
        answer = api_for(request.getfixturevalue(who)).post(address(booking.id, move), shape.body)
    allowed = " or ".join(each.lower() for each in shape.allowed)
    sentence = f"Only {allowed} bookings can be {shape.done}; this one is {status.lower()}"
    assert refused(answer, 400, sentence, "wrong_status")
    assert zoom.calls == []
