"""bookings.meetings.delivery where Zoom contradicts itself, loses what it made, or does not know the host any more."""

import datetime as dt
import json
from collections.abc import Callable

import pytest

from bookings.errors import ZoomFailed
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api
from bookings.tests.fake_zoom import Failure, FakeZoom, Reply
from bookings.tests.outbox_parts import SECOND, cancelled, confirm, due
from conftest import NOW
from testing.zoom_meetings import GONE

pytestmark = pytest.mark.usefixtures("now")

NO_SUCH_HOST = Failure(status=404, body={"code": 1001, "message": "User does not exist: gone@example.com."})
IN_PROGRESS = Failure(status=400, body={"code": 3002, "message": "You cannot delete this meeting: it is in progress."})
HAS_ENDED = Failure(status=400, body={"code": 3007, "message": "You cannot delete this meeting: it has ended."})


def pass_days(days: int, meanwhile: Callable[[], object] = lambda: None) -> None:
    """The worker comes by every five minutes."""
    for minute in range(0, days * 24 * 60, 5):
        meanwhile()
        delivery.deliver_due(now=NOW + dt.timedelta(minutes=minute))


def is_gone(zoom: FakeZoom, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on Zoom has no such user, and none of their meetings."""
    act = zoom._act

    def without(method: str, path: str, body: dict[str, object]) -> Reply:
        return (
            (404, {}, json.dumps(NO_SUCH_HOST.body)) if path.startswith(f"/users/{host}/") else act(method, path, body)
        )

    monkeypatch.setattr(zoom, "_act", without)
    zoom.meetings.clear()


def change_host(booking: Booking, host: str) -> None:
    rules = booking.teacher.rules
    rules.zoom_host = host
    rules.save()


# --- A meeting that is there and is not ---


def test_a_meeting_that_zoom_lists_but_does_not_find_keeps_its_link_and_stops_the_event(
    meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, before = zoom._act, Booking.objects.values().get()
    denied = f"/meetings/{meeting.zoom_meeting_id}"
    monkeypatch.setattr(zoom, "_act", lambda m, p, b: (404, {}, json.dumps(GONE)) if p == denied else act(m, p, b))
    event = due(meeting)
    pass_days(1)
    event.refresh_from_db()
    assert (event.stopped_at is not None, event.attempts) == (True, delivery.MOST_DOUBTS)
    assert event.last_error == "Zoom lists the meeting, but does not find it."
    assert zoom.count("POST") == 0
    assert Booking.objects.values().get() == before


def test_meetings_that_are_deleted_again_and_again_are_not_made_for_ever(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(meeting)
    pass_days(1, zoom.meetings.clear)
    event.refresh_from_db()
    assert event.stopped_at is not None
    assert event.last_error == "Zoom has repeatedly lost this booking's meeting."
    assert zoom.count("POST") == delivery.MOST_DOUBTS


def test_a_later_successful_confirmation_renews_a_stopped_event(pending: Booking, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=503), *[Failure(status=400)] * delivery.MOST_REFUSALS)
    for _ in range(1 + delivery.MOST_REFUSALS):
        with pytest.raises(ZoomFailed):
            confirm(Booking.objects.get())
    assert MeetingSync.objects.get().stopped_at is not None
    booking = confirm(Booking.objects.get(), NOW + SECOND)
    assert MeetingSync.objects.get().stopped_at is None
    late = zoom.meetings.add(agenda=f"{booking.id}\nmade by the first of them")
    pass_days(1)
    assert late not in zoom.meetings
    assert not MeetingSync.objects.open().exists()


def test_a_worker_that_lost_its_claim_creates_no_meeting(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(meeting)
    zoom.meanwhile("PATCH", lambda: MeetingSync.objects.filter(pk=event.pk).update(fence=event.fence + 7))
    assert delivery.deliver(event.pk, now=NOW) is False
    assert zoom.count("POST") == 0
    assert zoom.meetings == {}


# --- A host that is gone ---


def test_a_confirmed_booking_moves_to_the_teachers_new_host(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_host(pending, "gone@example.com")
    booking = confirm(pending)
    is_gone(zoom, "gone%40example.com", monkeypatch)
    change_host(pending, "new@example.com")
    delivery.deliver(due(booking).pk, now=NOW)
    booking.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [booking.zoom_meeting_id]
    assert (booking.status, booking.zoom_host) == (Status.CONFIRMED, "new@example.com")
    assert zoom.calls[-1] == "POST /users/new%40example.com/meetings"


def test_a_misspelled_host_can_be_corrected_after_zoom_failed(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch, api_for: Api
) -> None:
    change_host(pending, "gone@example.com")
    zoom.fail("POST", Failure(status=503))
    assert api_for(pending.teacher).post(f"{BOOKINGS}{pending.id}/confirm/").status_code == 500
    is_gone(zoom, "gone%40example.com", monkeypatch)
    change_host(pending, "new@example.com")
    assert api_for(pending.teacher).post(f"{BOOKINGS}{pending.id}/confirm/").status_code == 200
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_host) == (Status.CONFIRMED, "new@example.com")


def test_an_unknown_host_is_refused_with_zooms_reason(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch, api_for: Api
) -> None:
    change_host(pending, "gone@example.com")
    is_gone(zoom, "gone%40example.com", monkeypatch)
    answer = api_for(pending.teacher).post(f"{BOOKINGS}{pending.id}/confirm/")
    assert answer.status_code == 500
    assert answer.json()["error"] == "Failed to create Zoom meeting: User does not exist: gone@example.com."
    assert not MeetingSync.objects.open().exists()


def test_a_cancelled_booking_of_a_deleted_host_needs_no_call(
    meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_gone(zoom, "me", monkeypatch)
    event = due(cancelled(meeting), create_sent_at=NOW)
    pass_days(1)
    event.refresh_from_db()
    assert (event.done_at is not None, event.stopped_at) == (True, None)


# --- A meeting that runs, or is over ---


def test_a_running_meeting_is_deleted_once_it_has_ended(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    zoom.fail("DELETE", *[IN_PROGRESS] * 6)
    pass_days(1)
    event.refresh_from_db()
    assert (event.done_at is not None, event.stopped_at) == (True, None)
    assert zoom.meetings == {}


def test_a_meeting_that_has_ended_needs_no_deleting(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    zoom.fail("DELETE", HAS_ENDED)
    delivery.deliver(event.pk, now=NOW)
    assert delivery.deliver(event.pk, now=NOW + delivery.GRACE) is True
    assert MeetingSync.objects.get(pk=event.pk).stopped_at is None
