"""GET /api/bookings/bookings/<id>/changes/ and GET /api/bookings/changes/: what happened, and what is new."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm, due
from bookings.tests.statements import at_most
from conftest import NOW, Client

CHANGES = "/api/bookings/changes/"
TEN, ELEVEN, TWO = "2025-01-15T10:00:00Z", "2025-01-15T11:00:00Z", "2025-01-15T14:00:00Z"


def history(client: Client, booking: Booking) -> list[dict[str, Any]]:
    answer = client.get(f"{BOOKINGS}{booking.id}/changes/")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


# --- One booking's history --------------------------------------------------------------------------------------------


def test_the_history_is_in_order(pending: Booking, alice: User, maria: User, root: User, api_for: Api) -> None:
    one = f"{BOOKINGS}{pending.id}/"
    api_for(alice).post(f"{one}reschedule/", {"start_time": TWO})
    api_for(root).post(f"{one}confirm/")
    api_for(maria).post(f"{one}cancel/", {"reason": "Ill"})
    moves = history(api_for(alice), pending)
    assert moves == history(api_for(maria), pending) == history(api_for(root), pending)
    assert [(move["move"], move["by"]) for move in moves] == [
        ("request", "student"),
        ("reschedule", "student"),
        ("confirm", "staff"),
        ("cancel", "teacher"),
    ]
    assert moves[0] == {
        "at": "2025-01-13T10:00:00Z",
        "move": "request",
        "by": "student",
        "reason": "",
        "from_start": None,
        "to_start": TEN,
        "from_status": None,
        "to_status": "PENDING",
    }
    assert (moves[1]["from_start"], moves[1]["to_start"], moves[1]["at"]) == (TEN, TWO, "2025-01-10T12:00:00Z")
    assert (moves[3]["reason"], moves[3]["from_status"], moves[3]["to_status"]) == ("Ill", "CONFIRMED", "CANCELLED")


def test_automatic_moves_are_attributed_to_the_system(pending: Booking, alice: User, api_for: Api) -> None:
    pending.cancel(by=None, now=NOW, reason="Not answered before its start")
    assert history(api_for(alice), pending)[-1]["by"] == "system"


def test_a_history_needs_a_token_and_a_party(pending: Booking, bob: User, carl: User, api_for: Api) -> None:
    path = f"{BOOKINGS}{pending.id}/changes/"
    assert api_for(None).get(path).status_code == 401
    for stranger in (bob, carl):
        foreign, missing = api_for(stranger).get(path), api_for(stranger).get(f"{BOOKINGS}{uuid.uuid4()}/changes/")
        assert refused(foreign, 404, "Booking not found", "not_found")
        assert foreign.content == missing.content


def test_a_history_costs_four_statements(pending: Booking, alice: User, api_for: Api) -> None:
    client = api_for(alice)
    history(client, pending)
    with at_most(4):
        history(client, pending)


# --- The feed ---------------------------------------------------------------------------------------------------------


class Feed:
    """A client that follows a person's bookings."""

    def __init__(self, client: Client, after: str = "latest") -> None:
        self.client = client
        self.after = self._get(after)["next_after"]

    def news(self) -> list[dict[str, Any]]:
        answer = self._get(self.after)
        self.after = answer["next_after"]
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _get(self, after: str) -> dict[str, Any]:
        answer = self.client.get(CHANGES, {"after": after})
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body


def test_both_parties_see_every_change(
    pending: Booking, alice: User, maria: User, bob: User, carl: User, root: User, api_for: Api
) -> None:
    parties, others = (
        [Feed(api_for(user)) for user in (alice, maria)],
        [Feed(api_for(user)) for user in (bob, carl, root)],
    )
    one = f"{BOOKINGS}{pending.id}/"
    steps: list[Callable[[], Any]] = [
        lambda: api_for(alice).patch(one, {"notes": "New"}),
        lambda: api_for(alice).post(f"{one}reschedule/", {"start_time": TWO}),
        lambda: api_for(maria).post(f"{one}confirm/"),
        lambda: api_for(maria).post(f"{one}cancel/"),
    ]
    for step in steps:
        assert step().status_code == 200
        for feed in parties:
            assert feed.news() == [feed.client.get(one).json()]
            assert feed.news() == []
        assert [feed.news() for feed in others] == [[], [], []]


def test_requests_and_feedback_are_changes(alice: User, maria: User, completed: Booking, api_for: Api) -> None:
    teacher = Feed(api_for(maria))
    api_for(alice).post(BOOKINGS, {"teacher_id": str(maria.id), "start_time": TEN})
    assert [booking["start_time"] for booking in teacher.news()] == [TEN]
    api_for(alice).post("/api/bookings/feedback/", {"booking_id": str(completed.id), "rating": 5})
    assert [booking["feedback"]["rating"] for booking in teacher.news()] == [5]


def test_the_feed_has_a_new_link_but_no_unchanged_meeting(
    meeting: Booking, alice: User, api_for: Api, zoom: FakeZoom
) -> None:
    student = Feed(api_for(alice))
    delivery.deliver(due(meeting).pk, now=NOW)
    assert student.news() == []
    zoom.meetings.clear()
    MeetingSync.objects.all().delete()
    delivery.deliver(due(meeting).pk, now=NOW)
    [booking] = student.news()
    assert booking["zoom_join_url"] not in (None, meeting.zoom_join_url)


def test_a_refused_move_is_not_a_change(pending: Booking, alice: User, api_for: Api) -> None:
    student = Feed(api_for(alice))
    with nothing_changes():
        assert api_for(alice).post(f"{BOOKINGS}{pending.id}/confirm/").status_code == 403
    assert student.news() == []


def test_from_the_beginning_all_bookings_come_in_pages_of_a_hundred(alice: User, maria: User, api_for: Api) -> None:
    made = [
        make_booking(alice, maria, start=at(f"{9 + number // 12:02}:{number % 12 * 5:02}", day=20), minutes=5)
        for number in range(102)
    ]
    client = api_for(alice)
    first = client.get(CHANGES).json()
    second = client.get(CHANGES, {"after": first["next_after"]}).json()
    ids = [[booking["id"] for booking in page["results"]] for page in (first, second)]
    assert [len(page) for page in ids] == [100, 2]
    assert ids[0] + ids[1] == [str(booking.id) for booking in made]
    third = client.get(CHANGES, {"after": second["next_after"]}).json()
    assert third == {"results": [], "next_after": second["next_after"]}


def test_a_booking_that_changes_between_two_polls_appears_again(
    alice: User, maria: User, pending: Booking, api_for: Api
) -> None:
    student = Feed(api_for(alice), after="0")
    confirm(pending)
    assert [booking["status"] for booking in student.news()] == ["CONFIRMED"]


def test_nothing_new_costs_two_statements_and_is_a_304(pending: Booking, alice: User, api_for: Api) -> None:
    client = api_for(alice)
    after = client.get(CHANGES).json()["next_after"]
    etag = client.get(CHANGES, {"after": after}).headers["ETag"]
    with at_most(2):
        answer = client.get(CHANGES, {"after": after}, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    with at_most(4):
        assert len(client.get(CHANGES).json()["results"]) == 1


def test_the_feed_needs_a_token(api_for: Api, db: None) -> None:
    assert api_for(None).get(CHANGES).status_code == 401


@pytest.mark.parametrize("after", ["", "-1", "1.5", "now", "1" * 19, "\u0661", "1,2"])
def test_a_malformed_cursor_is_refused(after: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(CHANGES, {"after": after})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"after"})


def test_a_booking_older_than_the_feed_appears_with_its_next_move(pending: Booking, alice: User, api_for: Api) -> None:
    Booking.objects.update(feed_position=0)
    student = Feed(api_for(alice))
    confirm(pending)
    assert [booking["status"] for booking in student.news()] == [Status.CONFIRMED]
