"""POST /api/bookings/bookings/<id>/confirm/ when Zoom fails: pending as before, and never a second meeting."""

import pytest

from accounts.models import User
from bookings import models
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, refused
from bookings.tests.fake_zoom import CERTAIN, UNKNOWN, Failure, FakeZoom
from conftest import NOW


def confirm(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/confirm/"


def assert_is_pending_without_meeting(booking: Booking) -> None:
    booking.refresh_from_db()
    assert (booking.status, booking.zoom_meeting_id, booking.zoom_join_url) == (Status.PENDING, None, None)
    assert not booking.changes.filter(move=Move.CONFIRM).exists()


@pytest.mark.parametrize("name", CERTAIN)
def test_a_failure_without_effect_leaves_nothing_behind(
    name: str, pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", CERTAIN[name], CERTAIN[name])
    answer = api_for(maria).post(confirm(pending))
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Failed to create Zoom meeting: ")
    assert answer.json()["code"] == "zoom_failed"
    assert_is_pending_without_meeting(pending)
    event = MeetingSync.objects.get()
    assert (event.done_at, event.create_sent_at, event.leased_until) == (NOW, None, None)
    assert event.last_error != ""


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_failure_with_unknown_outcome_leaves_an_event_that_looks_again(
    name: str, pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", UNKNOWN[name])
    answer = api_for(maria).post(confirm(pending))
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Failed to create Zoom meeting: ")
    assert_is_pending_without_meeting(pending)
    event = MeetingSync.objects.get()
    assert (event.done_at, event.create_sent_at, event.leased_until) == (None, NOW, None)
    assert event.due_at > NOW


@pytest.mark.parametrize("name", CERTAIN)
def test_after_a_failure_without_effect_it_can_be_confirmed_at_once(
    name: str, pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", CERTAIN[name], *[CERTAIN[name]] * (name in ("bad credentials", "no scope")))
    assert api_for(maria).post(confirm(pending)).status_code == 500
    assert api_for(maria).post(confirm(pending)).status_code == 200
    assert len(zoom.meetings) == 1
    assert not any(call == "GET /users/me/meetings" for call in zoom.calls)


@pytest.mark.parametrize("name", UNKNOWN)
def test_after_an_unknown_outcome_the_meeting_is_found_and_adopted(
    name: str, pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", UNKNOWN[name]._replace(takes_effect=True))
    assert api_for(maria).post(confirm(pending)).status_code == 500
    [number] = zoom.meetings

    answer = api_for(maria).post(confirm(pending))

    assert answer.status_code == 200
    assert answer.json()["zoom_info"]["meeting_id"] == str(number)
    assert answer.json()["zoom_info"]["password"] == zoom.meetings[number]["password"]
    assert list(zoom.meetings) == [number]
    assert zoom.count("POST") == 1
    # The slow create may still surface: Zoom is searched once more, later, and then no more.
    waiting = MeetingSync.objects.open().get()
    assert NOW < waiting.due_at <= NOW + delivery.GRACE
    later = NOW + delivery.GRACE
    assert delivery.deliver(waiting.pk, now=later) is True
    assert list(zoom.meetings) == [number]


@pytest.mark.parametrize("name", UNKNOWN)
def test_after_an_unknown_outcome_without_a_meeting_a_new_one_is_created(
    name: str, pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", UNKNOWN[name])
    api_for(maria).post(confirm(pending))
    assert api_for(maria).post(confirm(pending)).status_code == 200
    assert len(zoom.meetings) == 1
    assert zoom.calls[1:3] == ["GET /users/me/meetings", "POST /users/me/meetings"]


def test_a_create_is_not_repeated_while_the_search_fails(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", Failure(takes_effect=True))
    zoom.fail("GET", Failure(status=503))
    assert api_for(maria).post(confirm(pending)).status_code == 500
    assert api_for(maria).post(confirm(pending)).status_code == 500
    assert zoom.count("POST") == 1
    assert api_for(maria).post(confirm(pending)).status_code == 200
    assert zoom.count("POST") == 1
    assert len(zoom.meetings) == 1


def test_a_meeting_that_only_mentions_the_booking_is_not_adopted(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    other = zoom.meetings.add(agenda=f"My own meeting about {pending.id}")
    zoom.fail("POST", Failure())
    api_for(maria).post(confirm(pending))
    answer = api_for(maria).post(confirm(pending))
    assert answer.json()["zoom_info"]["meeting_id"] != str(other)
    assert other in zoom.meetings


def test_of_several_meetings_the_oldest_is_adopted_and_the_rest_deleted(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", Failure(takes_effect=True))
    api_for(maria).post(confirm(pending))
    [first] = zoom.meetings
    zoom.meetings.add(agenda=f"{pending.id}\nA second one")
    assert api_for(maria).post(confirm(pending)).json()["zoom_info"]["meeting_id"] == str(first)
    assert list(zoom.meetings) == [first]


def test_a_write_that_fails_after_the_create_confirms_nothing_and_loses_no_meeting(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("The disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(models, "write_together", fail)
        answer = api_for(maria).post(confirm(pending))
    assert refused(answer, 500, "Something went wrong on our side.", "server_error")
    assert_is_pending_without_meeting(pending)
    assert MeetingSync.objects.get().create_sent_at == NOW
    assert len(zoom.meetings) == 1
