"""`expected_version` and `expected_start_time`: nobody decides on what the booking no longer is."""

from typing import Any

import pytest

from accounts.models import User
from bookings import services
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Expected, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW

CHANGED = "The booking has changed since you saw it; please look again"
AFTERNOON = {"start_time": "2025-01-15T14:00:00Z"}


@pytest.fixture
def moved(pending: Booking, alice: User, api_for: Api) -> Booking:
    """A request that Maria saw at ten, and that Alice has moved to two."""
    assert api_for(alice).post(f"{BOOKINGS}{pending.id}/reschedule/", AFTERNOON).status_code == 200
    return pending


@pytest.mark.parametrize("move", ["confirm", "decline", "cancel", "reschedule"])
@pytest.mark.parametrize(
    ("seen", "fields"),
    [
        ({"expected_version": 1}, {"expected_version"}),
        ({"expected_start_time": "2025-01-15T10:00:00Z"}, {"expected_start_time"}),
        ({"expected_start_time": "2025-01-15T10:00:00"}, {"expected_start_time"}),
        (
            {"expected_version": 1, "expected_start_time": "2025-01-15T11:00:00+01:00"},
            {"expected_version", "expected_start_time"},
        ),
    ],
)
def test_a_decision_on_an_earlier_version_is_refused(
    move: str, seen: Any, fields: set[str], moved: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    body = seen | ({"start_time": "2025-01-15T16:00:00Z"} if move == "reschedule" else {})
    with nothing_changes():
        answer = api_for(maria).post(f"{BOOKINGS}{moved.id}/{move}/", body)
    assert refused(answer, 400, CHANGED, "changed")
    sentence = "It is pending now, from 2025-01-15T14:00:00Z to 2025-01-15T15:00:00Z, in version 2."
    assert answer.json()["details"] == {field: [sentence] for field in fields}
    assert zoom.calls == []


@pytest.mark.parametrize(
    "seen",
    [
        {},
        {"expected_version": 2},
        {"expected_start_time": "2025-01-15T14:00:00Z"},
        {"expected_start_time": "2025-01-15T15:00:00+01:00", "expected_version": 2},
    ],
)
def test_a_decision_on_the_current_booking_is_accepted(seen: Any, moved: Booking, maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(f"{BOOKINGS}{moved.id}/confirm/", seen)
    assert (answer.status_code, answer.json()["booking"]["version"]) == (200, 3)


def test_completing_a_session_that_was_moved_is_refused(alice: User, maria: User, api_for: Api) -> None:
    begun = make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)
    with nothing_changes():
        answer = api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", {"expected_version": 1})
    assert refused(answer, 400, CHANGED, "changed")
    assert api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", {"expected_version": 2}).status_code == 200


def test_a_request_that_moves_while_zoom_is_asked_is_not_confirmed(
    pending: Booking, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    """Its meeting is kept unseen, for the next confirmation to move."""
    zoom.meanwhile(
        "POST",
        lambda: services.reschedule_booking(booking_id=pending.id, by=alice, start=at("14:00"), duration=None, now=NOW),
    )
    path = f"{BOOKINGS}{pending.id}/confirm/"
    answer = api_for(maria).post(path, {"expected_version": 1})
    assert refused(answer, 400, CHANGED, "changed")
    shown = api_for(alice).get(f"{BOOKINGS}{pending.id}/").json()
    assert (shown["status"], shown["zoom_info"]["has_meeting"], shown["zoom_meeting_id"]) == ("PENDING", False, None)
    assert not MeetingSync.objects.open().exists()

    answer = api_for(maria).post(path, {"expected_version": 2})
    assert (answer.status_code, answer.json()["booking"]["start_time"]) == (200, "2025-01-15T14:00:00Z")
    assert [meeting["start_time"] for meeting in zoom.meetings.values()] == ["2025-01-15T14:00:00Z"]
    assert zoom.count("POST") == 1


def test_without_an_expectation_a_request_that_moves_meanwhile_is_confirmed_as_it_is(
    pending: Booking, alice: User, maria: User, zoom: FakeZoom
) -> None:
    zoom.meanwhile(
        "POST",
        lambda: services.reschedule_booking(booking_id=pending.id, by=alice, start=at("14:00"), duration=None, now=NOW),
    )
    booking = services.confirm_booking(booking_id=pending.id, by=maria, now=NOW, expected=Expected())
    assert (booking.status, booking.start_time) == (Status.CONFIRMED, at("14:00"))
    assert [meeting["start_time"] for meeting in zoom.meetings.values()] == ["2025-01-15T14:00:00Z"]


def test_the_version_grows_with_every_move_and_with_nothing_else(
    pending: Booking, alice: User, maria: User, api_for: Api
) -> None:
    one = f"{BOOKINGS}{pending.id}/"
    versions = [api_for(alice).get(one).json()["version"]]
    api_for(alice).patch(one, {"notes": "New"})
    versions.append(api_for(alice).get(one).json()["version"])
    for who, move, body in [(alice, "reschedule", AFTERNOON), (maria, "confirm", None), (maria, "cancel", None)]:
        versions.append(api_for(who).post(f"{one}{move}/", body).json()["booking"]["version"])
    assert versions == [1, 1, 2, 3, 4]
