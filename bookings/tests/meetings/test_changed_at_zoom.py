"""What the teacher changes inside Zoom reaches the booking: its link and passcode, or its time goes back."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from bookings import jobs
from bookings.errors import ZoomFailed
from bookings.factories import make_booking
from bookings.meetings import delivery, reconciliation
from bookings.models import Booking, MeetingSync
from bookings.scheduling.slots import Span
from bookings.services import zoom_events
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import confirm, due
from conftest import NOW

pytestmark = pytest.mark.usefixtures("now")

NEW_LINK = {"password": "new-code", "join_url": "https://zoom.us/j/5?pwd=new"}


def at_zoom(zoom: FakeZoom, **changes: Any) -> None:
    [number] = zoom.meetings
    zoom.meetings[number] |= changes
    zoom.calls.clear()


def told(booking: Booking, kind: str = "meeting.updated", now: dt.datetime = NOW) -> None:
    """An event of Zoom, and the worker's round after it."""
    event = {"event": kind, "event_ts": int(now.timestamp() * 1000)}
    zoom_events.take(event | {"payload": {"object": {"id": booking.zoom_meeting_id}}}, now=now)
    delivery.deliver_due(now=now)


def test_a_new_passcode_reaches_the_booking(meeting: Booking, zoom: FakeZoom) -> None:
    at_zoom(zoom, **NEW_LINK)
    told(meeting)
    meeting.refresh_from_db()
    assert (meeting.zoom_password, meeting.zoom_join_url) == ("new-code", NEW_LINK["join_url"])
    assert zoom.calls == [f"GET /meetings/{meeting.zoom_meeting_id}"]
    assert not MeetingSync.objects.open().exists()


def test_a_meeting_that_already_agrees_is_not_changed(meeting: Booking, zoom: FakeZoom) -> None:
    """Zoom tells of our own changes too: answering them with another one would never end."""
    at_zoom(zoom, topic="Spanish!")
    before = Booking.objects.values().get()
    told(meeting)
    assert zoom.count("PATCH") == 0
    assert Booking.objects.values().get() == before


def test_a_changed_time_is_set_back(meeting: Booking, zoom: FakeZoom) -> None:
    at_zoom(zoom, start_time="2025-01-15T12:00:00Z", duration=30, **NEW_LINK)
    told(meeting)
    [shown] = zoom.meetings.values()
    assert (shown["start_time"], shown["duration"]) == ("2025-01-15T10:00:00Z", 60)
    meeting.refresh_from_db()
    assert meeting.zoom_password == "new-code"


def test_a_deleted_meeting_is_made_again(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    told(meeting, "meeting.deleted")
    meeting.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


def test_the_sweep_finds_a_new_passcode_on_the_day_before(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    at_zoom(zoom, **NEW_LINK)
    assert jobs.sweep(lambda: NOW) == 0
    later = meeting.start_time - dt.timedelta(hours=23)
    with time_machine.travel(later, tick=False), django_capture_on_commit_callbacks(execute=True):
        [found] = reconciliation.look(Span(later, later + reconciliation.COMING), now=later).disagreements
        assert found.kind == reconciliation.Kind.CHANGED
        assert jobs.sweep(lambda: later) == 1
    meeting.refresh_from_db()
    assert meeting.zoom_password == "new-code"
    assert zoom.count("PATCH") == 0


# --- Meetings of others ---


def test_a_response_with_another_bookings_meeting_is_a_failure(
    meeting: Booking, alice: User, carl: User, zoom: FakeZoom
) -> None:
    """Believed, it made cancelling one booking delete the meeting of the other."""
    other = make_booking(alice, carl, start=at("14:00"))
    zoom.meetings.number_next(int(meeting.zoom_meeting_id or ""))
    with pytest.raises(ZoomFailed):
        confirm(other)
    other.refresh_from_db()
    assert (other.status, other.zoom_meeting_id) == (Status.PENDING, None)
    sync = MeetingSync.objects.open().get()
    assert (sync.booking, sync.create_sent_at) == (other, NOW)


def test_a_listed_meeting_that_is_another_bookings_is_not_deleted(
    meeting: Booking, completed: Booking, zoom: FakeZoom
) -> None:
    """A list that mixes two meetings up shows one with the marker of the other."""
    [number] = zoom.meetings
    shown = zoom.meetings[number]["agenda"]
    made = f"{NOW - delivery.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    at_zoom(zoom, agenda=f"{completed.id}\nMixed up", created_at=made)
    [found] = reconciliation.look(Span(NOW, NOW + reconciliation.COMING), now=NOW).disagreements
    assert (found.kind, found.booking) == (reconciliation.Kind.EXTRA, completed)
    assert reconciliation.repair(found, now=NOW) is False
    assert number in zoom.meetings
    # The same, where no booking has it, but its own address shows another marker.
    Booking.objects.filter(pk=meeting.pk).update(status=Status.CANCELLED, zoom_meeting_id=None)
    zoom.meetings[number]["agenda"] = shown
    assert reconciliation.repair(found, now=NOW) is False
    assert number in zoom.meetings


def test_gateway_error_pages_do_not_stop_the_sync(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(meeting)
    now = NOW
    for _ in range(6):
        zoom.fail("PATCH", Failure(status=403, body="<html>Forbidden</html>"))
        delivery.deliver(event.pk, now=now)
        event.refresh_from_db()
        now = event.due_at
    assert event.stopped_at is None
    assert zoom.count("PATCH") == 6
