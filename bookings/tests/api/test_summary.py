"""GET /api/bookings/bookings/summary/"""

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at
from bookings.tests.statements import at_most

SUMMARY = f"{BOOKINGS}summary/"


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", {"pending": 1, "upcoming": 2, "feedback_due": 1}),
        ("bob", {"pending": 1, "upcoming": 0, "feedback_due": 0}),
        ("maria", {"pending": 2, "upcoming": 2, "feedback_due": 0}),
        ("root", {"pending": 0, "upcoming": 0, "feedback_due": 0}),
    ],
)
def test_it_counts_the_callers_own_bookings(
    who: str,
    expected: dict[str, int],
    alice: User,
    bob: User,
    maria: User,
    api_for: Api,
    request: pytest.FixtureRequest,
) -> None:
    make_booking(alice, maria, start=at("09:00"))
    make_booking(bob, maria, start=at("10:00"))
    make_booking(alice, maria, start=at("11:00"), status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("11:30", day=10), status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("11:00", day=10), minutes=30, status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("09:00", day=10))
    make_booking(alice, maria, start=at("12:00"), status=Status.CANCELLED)
    make_booking(alice, maria, start=at("10:00", day=8), status=Status.COMPLETED)
    make_feedback(make_booking(alice, maria, start=at("10:00", day=7), status=Status.COMPLETED))
    client = api_for(request.getfixturevalue(who))
    with at_most(2):
        answer = client.get(SUMMARY)
    assert (answer.status_code, answer.json()) == (200, expected)
