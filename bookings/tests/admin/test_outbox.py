"""Trying events of the outbox again, in the admin."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings import services
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.tests.conftest import at, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW

LIST = "bookings/meetingsync/"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def stopped(pending: Booking, zoom: FakeZoom) -> MeetingSync:
    """The event of a cancelled booking whose meeting Zoom refused to delete, until it was given up."""
    booking = services.confirm_booking(booking_id=pending.id, by=pending.teacher, now=NOW)
    booking.cancel(by=None, now=NOW, reason="")
    return MeetingSync.objects.create(
        booking=booking, created_at=NOW, due_at=NOW, stopped_at=NOW, refusals=3, last_error="Validation Failed."
    )


def retry(user: User, event: MeetingSync, query: str = "", **fields: str) -> list[str]:
    page = AdminClient(user).send(f"{LIST}{query}", action="retry", _selected_action=[str(event.pk)], **fields)
    return told(page)


def listed(user: User, query: str = "") -> list[MeetingSync]:
    return list(AdminClient(user).page(f"{LIST}{query}").context["cl"].result_list)


def test_a_retry_delivers_a_stopped_event(root: User, stopped: MeetingSync, zoom: FakeZoom) -> None:
    [message] = retry(root, stopped)
    assert message.endswith("Zoom agrees now.")
    assert zoom.meetings == {}
    stopped.refresh_from_db()
    assert stopped.done_at is not None


def test_a_failed_retry_shows_the_reason(root: User, stopped: MeetingSync, zoom: FakeZoom) -> None:
    zoom.fail("DELETE", Failure(status=400))
    [message] = retry(root, stopped)
    assert message.endswith("Validation Failed.")
    assert len(zoom.meetings) == 1
    stopped.refresh_from_db()
    assert (stopped.done_at, stopped.stopped_at, stopped.refusals) == (None, None, 1)


def test_a_delivered_event_has_no_button(root: User, stopped: MeetingSync, zoom: FakeZoom) -> None:
    MeetingSync.objects.update(done_at=NOW)
    zoom.calls.clear()
    with nothing_changes():
        [message] = retry(root, stopped, "?state=all")
    assert message.endswith("there is nothing to do, Zoom agrees.")
    assert zoom.calls == []


def test_the_retry_button_on_the_page_returns_to_the_page(root: User, stopped: MeetingSync, zoom: FakeZoom) -> None:
    path = f"{LIST}{stopped.pk}/change/"
    assert "Try again now" in AdminClient(root).page(path).content.decode()
    page = AdminClient(root).send(LIST, action="retry", _selected_action=str(stopped.pk), back="1")
    assert page.redirect_chain == [(f"/admin/{path}", 302)]
    assert "Zoom agrees with the booking." in page.content.decode()
    assert "Try again now" not in page.content.decode()


STATES: dict[str, tuple[dict[str, Any], str]] = {
    "stopped": ({"stopped_at": NOW, "last_error": "Validation Failed."}, "Stopped"),
    "waiting": ({"due_at": NOW + dt.timedelta(hours=1)}, "Waits until Fri 10 Jan 2025, 14:00"),
    "due": ({}, "Due now"),
    "delivering": ({"leased_until": NOW + dt.timedelta(seconds=1)}, "Being delivered"),
    "done": ({"done_at": NOW, "stopped_at": NOW}, "Done"),
}


@pytest.fixture
def events(alice: User, maria: User) -> dict[str, MeetingSync]:
    """One of each state."""
    return {
        name: MeetingSync.objects.create(
            **{"booking": make_booking(alice, maria, start=at(f"{hour}:00")), "created_at": NOW, "due_at": NOW} | fields
        )
        for hour, (name, (fields, _)) in enumerate(STATES.items(), start=10)
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"stopped", "waiting", "due", "delivering"}),
        ("?state=junk", {"stopped", "waiting", "due", "delivering"}),
        ("?state=all", set(STATES)),
        *((f"?state={name}", {name}) for name in STATES),
    ],
)
def test_events_are_filtered_by_state(query: str, names: set[str], root: User, events: dict[str, MeetingSync]) -> None:
    assert {event.pk for event in listed(root, query)} == {events[name].pk for name in names}


@pytest.mark.parametrize("name", STATES)
def test_list_and_page_show_the_state_in_words(name: str, root: User, events: dict[str, MeetingSync]) -> None:
    User.objects.filter(pk=root.pk).update(timezone="Europe/Madrid")
    client, words = AdminClient(root), STATES[name][1]
    assert f'field-state">{words}</td>' in client.page(f"{LIST}?state={name}").content.decode()
    page = client.page(f"{LIST}{events[name].pk}/change/").content.decode()
    assert page.index(words, page.index("<fieldset")) < page.index("Alice Adams", page.index("<fieldset"))
    assert page.index("<details>") < page.index("Fence")


@pytest.mark.parametrize("query", ["?state=%00", "?state=", "?o=2.-3", "?_facets=True", "?state=done&_facets=True"])
def test_a_list_with_a_bad_parameter_does_not_fail(query: str, root: User, events: dict[str, MeetingSync]) -> None:
    assert AdminClient(root).get(f"/admin/{LIST}{query}", follow=True).status_code == 200


def test_a_teacher_cannot_retry(maria: User, stopped: MeetingSync, zoom: FakeZoom) -> None:
    with nothing_changes():
        path, fields = f"/admin/{LIST}", {"action": "retry", "_selected_action": [str(stopped.pk)], "index": "0"}
        assert AdminClient(maria).post(path, fields).status_code == 403
    assert len(zoom.meetings) == 1
