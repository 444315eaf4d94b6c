"""bookings.meetings.delivery: claims, leases and fences, pauses, what the worker does, and when it stops."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts.models import User
from bookings import services
from bookings.errors import Refused
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import at, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import LEASE, SECOND, cancelled, confirm, due
from conftest import NOW
from outbox import backoff

pytestmark = pytest.mark.usefixtures("now")


# --- Claims ---


def test_of_two_workers_one_claims_an_event(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    rivals = []
    zoom.meanwhile("DELETE", lambda: rivals.append(delivery.deliver(event.pk, now=NOW)))
    assert delivery.deliver(event.pk, now=NOW) is True
    assert rivals == [False]
    assert zoom.count("DELETE") == 1
    event.refresh_from_db()
    assert (event.attempts, event.fence, event.leased_until, event.done_at) == (1, 1, None, NOW)


def test_a_done_event_is_not_delivered_again(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), done_at=NOW)
    with nothing_changes():
        assert delivery.deliver(event.pk, now=NOW) is True
    assert zoom.calls == []


def test_a_lease_that_ran_out_is_taken_over(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), fence=3, attempts=3, leased_until=NOW + LEASE)
    assert delivery.deliver(event.pk, now=NOW + LEASE - SECOND) is False
    assert zoom.calls == []
    # Not done yet: what the one before has asked of Zoom may still happen.
    assert delivery.deliver(event.pk, now=NOW + LEASE) is False
    event.refresh_from_db()
    assert (event.fence, event.attempts, zoom.meetings) == (4, 4, {})
    assert delivery.deliver(event.pk, now=NOW + LEASE + delivery.GRACE) is True


@pytest.mark.parametrize("failure", [None, Failure(status=500)])
def test_an_old_fence_writes_nothing(failure: Failure | None, meeting: Booking, zoom: FakeZoom, settings: Any) -> None:
    event = due(cancelled(meeting))
    taken = {"fence": 9, "leased_until": NOW + LEASE, "attempts": 5}
    zoom.meanwhile("DELETE", lambda: MeetingSync.objects.filter(pk=event.pk).update(**taken))
    if failure:
        zoom.fail("DELETE", failure)
    before = Booking.objects.values().get()
    assert delivery.deliver(event.pk, now=NOW) is False
    found: Any = MeetingSync.objects.values().get(pk=event.pk)
    assert {name: found[name] for name in taken} == taken
    assert (found["done_at"], found["last_error"], found["due_at"]) == (None, "", NOW)
    assert Booking.objects.values().get() == before


def test_an_overtaken_confirmation_writes_nothing(pending: Booking, zoom: FakeZoom) -> None:
    zoom.meanwhile("POST", lambda: MeetingSync.objects.update(fence=9, leased_until=NOW + LEASE))
    with pytest.raises(Refused) as caught:
        confirm(pending)
    assert caught.value.code == "being_confirmed"
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id) == (Status.PENDING, None)
    assert MeetingSync.objects.get().create_sent_at == NOW


def test_a_confirmation_whose_process_died_is_taken_up_after_its_lease(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("bookings.services.confirm._record", killed)
        with pytest.raises(KeyboardInterrupt):
            confirm(pending)
    [number] = zoom.meetings
    with pytest.raises(Refused) as caught:
        confirm(pending, NOW + LEASE - SECOND)
    assert caught.value.code == "being_confirmed"
    assert confirm(pending, NOW + LEASE).zoom_meeting_id == str(number)
    assert list(zoom.meetings) == [number]


def killed(*_: object) -> None:
    raise KeyboardInterrupt


# --- Pauses ---


def test_pauses_grow_up_to_an_hour(meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", max)
    event, now, pauses = due(cancelled(meeting)), NOW, []
    zoom.fail("DELETE", *[Failure(status=503)] * 10)
    for _ in range(10):
        assert delivery.deliver(event.pk, now=now) is False
        event.refresh_from_db()
        pauses.append((event.due_at - now).total_seconds())
        now = event.due_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert delivery.deliver(event.pk, now=now) is True
    assert zoom.meetings == {}


def test_pauses_are_spread(meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", min)
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=503))
    delivery.deliver(event.pk, now=NOW)
    event.refresh_from_db()
    assert event.due_at == NOW + dt.timedelta(seconds=15)


@pytest.mark.parametrize(("told", "seconds"), [("900", 900), ("1", 30), ("2025-01-10T13:00:00Z", 3600)])
def test_zooms_retry_after_is_respected(
    told: str, seconds: int, meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", max)
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=429, headers={"Retry-After": told}))
    delivery.deliver(event.pk, now=NOW)
    event.refresh_from_db()
    assert event.due_at == NOW + dt.timedelta(seconds=seconds)
    assert event.last_error != ""


def test_nothing_is_delivered_before_it_is_due(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), now=NOW + SECOND)
    with nothing_changes():
        assert delivery.deliver(event.pk, now=NOW) is False
        assert delivery.deliver_due(now=NOW) == 0
    assert zoom.calls == []
    assert delivery.deliver_due(now=NOW + SECOND) == 1


# --- The worker ---


def test_the_worker_takes_what_is_due_oldest_first(alice: User, maria: User, zoom: FakeZoom) -> None:
    bookings = [make_booking(alice, maria, start=at(f"{hour}:00"), status=Status.CANCELLED) for hour in (10, 11, 12)]
    for number, booking in enumerate(bookings):
        booking.zoom_meeting_id = str(number)
        booking.save()
        due(booking, now=NOW - number * SECOND)
    assert delivery.deliver_due(now=NOW, most=2) == 2
    assert zoom.calls == ["DELETE /meetings/2", "DELETE /meetings/1"]
    assert delivery.deliver_due(now=NOW) == 1
    assert delivery.deliver_due(now=NOW) == 0


def test_a_failing_event_does_not_stop_the_others(alice: User, maria: User, zoom: FakeZoom) -> None:
    for hour in (10, 11):
        booking = make_booking(alice, maria, start=at(f"{hour}:00"), status=Status.CANCELLED)
        booking.zoom_meeting_id = str(zoom.meetings.add(agenda=""))
        booking.save()
        due(booking)
    zoom.fail("DELETE", Failure(status=500))
    assert delivery.deliver_due(now=NOW) == 2
    assert MeetingSync.objects.open().count() == 1


def test_an_unexpected_failure_of_the_delivery_leaves_the_cancellation_done(
    meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("A bug")

    monkeypatch.setattr("bookings.meetings.delivery.carry_out", broken)
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)
    monkeypatch.undo()
    assert Booking.objects.get().status == Status.CANCELLED
    with time_machine.travel(NOW + LEASE, tick=False):
        assert delivery.deliver_due(now=NOW + LEASE) == 1
    assert zoom.meetings == {}


# --- Refused for good ---


def test_a_permanent_refusal_stops_the_event_until_it_is_retried(meeting: Booking, zoom: FakeZoom) -> None:
    event, now = due(cancelled(meeting)), NOW
    for _ in range(delivery.MOST_REFUSALS):
        zoom.fail("DELETE", Failure(status=400, body={"code": 300, "message": "Validation Failed."}))
        assert delivery.deliver(event.pk, now=now) is False
        now += backoff.LONGEST
    event.refresh_from_db()
    assert event.stopped_at is not None
    assert event.last_error == "Validation Failed."
    assert delivery.deliver_due(now=now) == 0
    assert MeetingSync.objects.end_backoff(NOW) == 0
    assert delivery.retry(event, now=now) is True
    assert zoom.meetings == {}


def test_a_temporary_failure_never_stops_the_event(meeting: Booking, zoom: FakeZoom) -> None:
    event, now = due(cancelled(meeting)), NOW
    for _ in range(3 * delivery.MOST_REFUSALS):
        zoom.fail("DELETE", Failure(status=500))
        delivery.deliver(event.pk, now=now)
        now += backoff.LONGEST
    event.refresh_from_db()
    assert (event.stopped_at, event.refusals, event.attempts) == (None, 0, 3 * delivery.MOST_REFUSALS)


def test_a_new_change_of_the_booking_starts_it_again(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: Any
) -> None:
    event = due(meeting, stopped_at=NOW, refusals=delivery.MOST_REFUSALS)
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)
    event.refresh_from_db()
    assert (event.stopped_at, event.done_at) == (None, NOW)
    assert zoom.meetings == {}


def test_pauses_can_be_ended(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=503))
    delivery.deliver(event.pk, now=NOW)
    assert delivery.deliver_due(now=NOW) == 0
    assert MeetingSync.objects.end_backoff(NOW) == 1
    assert delivery.deliver_due(now=NOW) == 1
    assert zoom.meetings == {}
