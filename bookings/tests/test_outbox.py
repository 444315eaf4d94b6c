"""bookings.outbox: claims, leases and fences, pauses, and what each delivery makes Zoom agree to."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts.models import User
from bookings import meetings, outbox, services
from bookings.errors import Refused, ZoomFailed
from bookings.factories import make_booking
from bookings.models import Booking, OutboxEvent
from bookings.states import Status
from bookings.tests.conftest import at, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW

LEASE, SECOND = dt.timedelta(seconds=60), dt.timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def meeting(pending: Booking, zoom: FakeZoom) -> Booking:
    """Alice's booking, confirmed; its meeting is at Zoom, and Zoom's record of calls begins afresh."""
    booking = confirm(pending)
    zoom.calls.clear()
    return booking


def confirm(booking: Booking, now: dt.datetime = NOW) -> Booking:
    return outbox.confirm_booking(booking_id=booking.id, by=booking.teacher, now=now)


def due(booking: Booking, now: dt.datetime = NOW, **fields: Any) -> OutboxEvent:
    """An event of this booking, as a service would leave it."""
    return OutboxEvent.objects.create(booking=booking, created_at=now, due_at=now, **fields)


def cancelled(booking: Booking) -> Booking:
    """Cancelled without a word to Zoom, as if the process had died right after the commit."""
    booking.cancel(by=None, now=NOW, reason="")
    return booking


# --- Claims ---


def test_one_of_two_gets_an_event(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    rivals = []
    zoom.meanwhile("DELETE", lambda: rivals.append(outbox.deliver(event.pk, now=NOW)))
    assert outbox.deliver(event.pk, now=NOW) is True
    assert rivals == [False]
    assert zoom.count("DELETE") == 1
    event.refresh_from_db()
    assert (event.attempts, event.fence, event.leased_until, event.done_at) == (1, 1, None, NOW)


def test_a_done_event_is_not_delivered_again(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), done_at=NOW)
    with nothing_changes():
        assert outbox.deliver(event.pk, now=NOW) is True
    assert zoom.calls == []


def test_a_lease_that_ran_out_is_taken_over(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), fence=3, attempts=3, leased_until=NOW + LEASE)
    assert outbox.deliver(event.pk, now=NOW + LEASE - SECOND) is False
    assert zoom.calls == []
    assert outbox.deliver(event.pk, now=NOW + LEASE) is True
    event.refresh_from_db()
    assert (event.fence, event.attempts, zoom.meetings) == (4, 4, {})


@pytest.mark.parametrize("failure", [None, Failure(status=500)])
def test_with_an_old_fence_nothing_is_written(
    failure: Failure | None, meeting: Booking, zoom: FakeZoom, settings: Any
) -> None:
    event = due(cancelled(meeting))
    taken = {"fence": 9, "leased_until": NOW + LEASE, "attempts": 5}
    zoom.meanwhile("DELETE", lambda: OutboxEvent.objects.filter(pk=event.pk).update(**taken))
    if failure:
        zoom.fail("DELETE", failure)
    before = Booking.objects.values().get()
    assert outbox.deliver(event.pk, now=NOW) is False
    found: Any = OutboxEvent.objects.values().get(pk=event.pk)
    assert {name: found[name] for name in taken} == taken
    assert (found["done_at"], found["last_error"], found["due_at"]) == (None, "", NOW)
    assert Booking.objects.values().get() == before


def test_a_confirmation_that_was_overtaken_writes_nothing(pending: Booking, zoom: FakeZoom) -> None:
    zoom.meanwhile("POST", lambda: OutboxEvent.objects.update(fence=9, leased_until=NOW + LEASE))
    with pytest.raises(Refused) as caught:
        confirm(pending)
    assert caught.value.code == "being_confirmed"
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id) == (Status.PENDING, None)
    assert OutboxEvent.objects.get().create_sent_at == NOW


def test_a_confirmation_whose_process_died_is_taken_up_after_its_lease(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_finish_confirmation", killed)
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
        assert outbox.deliver(event.pk, now=now) is False
        event.refresh_from_db()
        pauses.append((event.due_at - now).total_seconds())
        now = event.due_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert outbox.deliver(event.pk, now=now) is True
    assert zoom.meetings == {}


def test_pauses_are_spread(meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", min)
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=503))
    outbox.deliver(event.pk, now=NOW)
    event.refresh_from_db()
    assert event.due_at == NOW + dt.timedelta(seconds=15)


@pytest.mark.parametrize(("told", "seconds"), [("900", 900), ("1", 30), ("2025-01-10T13:00:00Z", 3600)])
def test_zooms_own_wish_is_honoured(
    told: str, seconds: int, meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", max)
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=429, headers={"Retry-After": told}))
    outbox.deliver(event.pk, now=NOW)
    event.refresh_from_db()
    assert event.due_at == NOW + dt.timedelta(seconds=seconds)
    assert event.last_error != ""


def test_nothing_is_delivered_before_it_is_due(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting), now=NOW + SECOND)
    with nothing_changes():
        assert outbox.deliver(event.pk, now=NOW) is False
        assert outbox.deliver_due(now=NOW) == 0
    assert zoom.calls == []
    assert outbox.deliver_due(now=NOW + SECOND) == 1


# --- What a delivery does ---


def test_a_cancelled_booking_loses_its_meeting(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    assert outbox.deliver(event.pk, now=NOW) is True
    assert zoom.calls == [f"DELETE /meetings/{meeting.zoom_meeting_id}"]
    meeting.refresh_from_db()
    assert (meeting.zoom_meeting_id, meeting.zoom_join_url, meeting.zoom_password) == (None, None, "")
    assert meeting.status == Status.CANCELLED


def test_a_meeting_that_is_gone_counts_as_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(cancelled(meeting))
    assert outbox.deliver(event.pk, now=NOW) is True
    meeting.refresh_from_db()
    assert meeting.zoom_meeting_id is None


def test_a_confirmed_booking_updates_its_meeting(meeting: Booking, zoom: FakeZoom) -> None:
    before = Booking.objects.values().get()
    event = due(meeting)
    assert outbox.deliver(event.pk, now=NOW) is True
    assert zoom.calls == [f"PATCH /meetings/{meeting.zoom_meeting_id}"]
    assert Booking.objects.values().get() == before


def test_a_confirmed_booking_whose_meeting_is_gone_gets_a_new_one(meeting: Booking, zoom: FakeZoom) -> None:
    old = meeting.zoom_meeting_id
    zoom.meetings.clear()
    event = due(meeting)
    assert outbox.deliver(event.pk, now=NOW) is True
    [number] = zoom.meetings
    meeting.refresh_from_db()
    assert (meeting.status, meeting.zoom_meeting_id) == (Status.CONFIRMED, str(number))
    assert meeting.zoom_meeting_id != old
    assert meeting.zoom_join_url == zoom.meetings[number]["join_url"]
    event.refresh_from_db()
    assert (event.done_at, event.create_sent_at) == (NOW, None)


def test_a_new_meeting_whose_making_is_unknown_is_looked_for(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(meeting)
    zoom.fail("POST", Failure(status=500, takes_effect=True))
    assert outbox.deliver(event.pk, now=NOW) is False
    [number] = zoom.meetings
    event.refresh_from_db()
    assert event.create_sent_at == NOW
    assert outbox.deliver(event.pk, now=event.due_at) is False
    meeting.refresh_from_db()
    assert (meeting.zoom_meeting_id, list(zoom.meetings)) == (str(number), [number])
    assert outbox.deliver(event.pk, now=NOW + outbox.GRACE) is True
    assert list(zoom.meetings) == [number]


def test_a_new_meeting_that_was_certainly_not_made_is_simply_made_later(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(meeting)
    zoom.fail("POST", Failure(status=429))
    assert outbox.deliver(event.pk, now=NOW) is False
    event.refresh_from_db()
    assert event.create_sent_at is None
    assert outbox.deliver(event.pk, now=event.due_at) is True
    assert not any(call == "GET /users/me/meetings" for call in zoom.calls)
    assert len(zoom.meetings) == 1


def test_a_completed_booking_is_left_alone(alice: User, maria: User, zoom: FakeZoom) -> None:
    booking = make_booking(alice, maria, start=at("10:00", day=8), status=Status.COMPLETED)
    before, event = Booking.objects.values().get(), due(booking)
    assert outbox.deliver(event.pk, now=NOW) is True
    assert zoom.calls == []
    assert Booking.objects.values().get() == before


def test_delivering_twice_does_no_harm(meeting: Booking, zoom: FakeZoom) -> None:
    for _ in range(2):
        assert outbox.deliver(due(meeting).pk, now=NOW) is True
    assert len(zoom.meetings) == 1
    cancelled(meeting)
    for _ in range(2):
        assert outbox.deliver(due(meeting).pk, now=NOW) is True
    assert zoom.meetings == {}


def test_a_change_while_it_is_delivered_is_delivered_as_well(meeting: Booking, zoom: FakeZoom) -> None:
    def call_off() -> None:
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)

    event = due(meeting)
    zoom.meanwhile("PATCH", call_off)
    assert outbox.deliver(event.pk, now=NOW) is True
    assert [call.split()[0] for call in zoom.calls] == ["PATCH", "DELETE"]
    assert zoom.meetings == {}


def test_a_booking_that_changes_for_ever_does_not_hold_the_worker(meeting: Booking, zoom: FakeZoom) -> None:
    def change() -> None:
        OutboxEvent.objects.filter(pk=event.pk).update(version=event.version + zoom.count("PATCH"))
        zoom.meanwhile("PATCH", change)

    event = due(meeting)
    zoom.meanwhile("PATCH", change)
    assert outbox.deliver(event.pk, now=NOW) is False
    assert zoom.count("PATCH") == outbox.MOST_ROUNDS
    assert OutboxEvent.objects.due(NOW).filter(pk=event.pk).exists()


# --- After a create whose outcome is unknown ---


def unknown(booking: Booking, zoom: FakeZoom, *, takes_effect: bool) -> OutboxEvent:
    """A confirmation that failed without saying how: its event, still open."""
    zoom.fail("POST", Failure(status=500, takes_effect=takes_effect))
    with pytest.raises(ZoomFailed):
        confirm(booking)
    return OutboxEvent.objects.open().get()


def test_what_was_made_for_a_request_is_deleted_again(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=True)
    assert len(zoom.meetings) == 1
    outbox.deliver(event.pk, now=event.due_at)
    assert zoom.meetings == {}
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id) == (Status.PENDING, None)


def test_what_appears_late_is_deleted_too(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=False)
    assert outbox.deliver(event.pk, now=event.due_at) is False
    event.refresh_from_db()
    zoom.made(agenda=f"{pending.id}\nLate")
    bystander = zoom.made(agenda=f"See {pending.id}")
    outbox.deliver(event.pk, now=event.due_at)
    assert list(zoom.meetings) == [bystander]


def test_the_search_ends_when_nothing_can_appear_any_more(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=False)
    assert outbox.deliver(event.pk, now=NOW + outbox.GRACE - SECOND) is False
    event.refresh_from_db()
    assert outbox.deliver(event.pk, now=event.due_at) is True
    event.refresh_from_db()
    assert (event.create_sent_at, event.done_at) == (None, event.due_at)


def test_the_time_to_look_counts_from_the_last_create(pending: Booking, zoom: FakeZoom) -> None:
    unknown(pending, zoom, takes_effect=False)
    again = NOW + outbox.GRACE - SECOND
    zoom.fail("POST", Failure(status=500))
    with pytest.raises(ZoomFailed):
        confirm(pending, again)
    event = OutboxEvent.objects.open().get()
    assert event.create_sent_at == again
    assert outbox.deliver(event.pk, now=max(event.due_at, NOW + outbox.GRACE)) is False
    zoom.made(agenda=f"{pending.id}\nOf the second")
    event.refresh_from_db()
    outbox.deliver(event.pk, now=event.due_at)
    assert zoom.meetings == {}


def test_a_cancellation_after_it_leaves_no_meeting(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=True)
    services.cancel_booking(booking_id=pending.id, by=pending.student, reason="", now=NOW)
    outbox.deliver(event.pk, now=NOW)
    assert zoom.meetings == {}


def test_the_host_of_the_first_try_is_searched_also_when_the_teacher_has_another_now(
    pending: Booking, zoom: FakeZoom
) -> None:
    unknown(pending, zoom, takes_effect=True)
    profile = pending.teacher.profile
    profile.zoom_host = "maria@school.example"
    profile.save()
    confirm(Booking.objects.get())
    assert "GET /users/me/meetings" in zoom.calls
    assert len(zoom.meetings) == 1


# --- The worker ---


def test_the_worker_takes_what_is_due_oldest_first(alice: User, maria: User, zoom: FakeZoom) -> None:
    bookings = [make_booking(alice, maria, start=at(f"{hour}:00"), status=Status.CANCELLED) for hour in (10, 11, 12)]
    for number, booking in enumerate(bookings):
        booking.zoom_meeting_id = str(number)
        booking.save()
        due(booking, now=NOW - number * SECOND)
    assert outbox.deliver_due(now=NOW, most=2) == 2
    assert zoom.calls == ["DELETE /meetings/2", "DELETE /meetings/1"]
    assert outbox.deliver_due(now=NOW) == 1
    assert outbox.deliver_due(now=NOW) == 0


def test_one_that_fails_does_not_keep_the_others(alice: User, maria: User, zoom: FakeZoom) -> None:
    for hour in (10, 11):
        booking = make_booking(alice, maria, start=at(f"{hour}:00"), status=Status.CANCELLED)
        booking.zoom_meeting_id = str(hour)
        booking.save()
        due(booking)
    zoom.fail("DELETE", Failure(status=500))
    assert outbox.deliver_due(now=NOW) == 2
    assert OutboxEvent.objects.open().count() == 1


def test_the_topic_and_the_agenda_are_zooms_to_cut(alice: User, maria: User, zoom: FakeZoom) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), notes="ref:other\n" + "x" * 1990)
    confirm(booking)
    [made] = zoom.meetings.values()
    assert made["agenda"].startswith(f"{booking.id}\n")
    assert len(made["agenda"]) == 2000


def test_people_without_a_name_have_a_meeting_too(pending: Booking, zoom: FakeZoom) -> None:
    User.objects.update(first_name="", last_name="")
    confirm(Booking.objects.get())
    assert [made["topic"] for made in zoom.meetings.values()] == ["Student with Teacher"]


def test_an_unexpected_failure_of_the_delivery_leaves_the_cancellation_done(
    meeting: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("A bug")

    monkeypatch.setattr(meetings, "agree", broken)
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)
    monkeypatch.undo()
    assert Booking.objects.get().status == Status.CANCELLED
    with time_machine.travel(NOW + LEASE, tick=False):
        assert outbox.deliver_due(now=NOW + LEASE) == 1
    assert zoom.meetings == {}


# --- Refused for good ---


def test_what_zoom_refuses_for_good_stops_until_somebody_looks(meeting: Booking, zoom: FakeZoom) -> None:
    event, now = due(cancelled(meeting)), NOW
    for _ in range(outbox.MOST_REFUSALS):
        zoom.fail("DELETE", Failure(status=400, body={"code": 300, "message": "Validation Failed."}))
        assert outbox.deliver(event.pk, now=now) is False
        now += outbox.LONGEST_PAUSE
    event.refresh_from_db()
    assert event.stopped_at is not None
    assert event.last_error == "Validation Failed."
    assert outbox.deliver_due(now=now) == 0
    assert outbox.end_pauses(now=NOW) == 0
    assert outbox.retry(event, now=now) is True
    assert zoom.meetings == {}


def test_a_failure_that_may_pass_never_stops(meeting: Booking, zoom: FakeZoom) -> None:
    event, now = due(cancelled(meeting)), NOW
    for _ in range(3 * outbox.MOST_REFUSALS):
        zoom.fail("DELETE", Failure(status=500))
        outbox.deliver(event.pk, now=now)
        now += outbox.LONGEST_PAUSE
    event.refresh_from_db()
    assert (event.stopped_at, event.refusals, event.attempts) == (None, 0, 3 * outbox.MOST_REFUSALS)


def test_a_new_change_of_the_booking_starts_it_again(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: Any
) -> None:
    event = due(meeting, stopped_at=NOW, refusals=outbox.MOST_REFUSALS)
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)
    event.refresh_from_db()
    assert (event.stopped_at, event.done_at) == (None, NOW)
    assert zoom.meetings == {}


def test_pauses_can_be_ended(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    zoom.fail("DELETE", Failure(status=503))
    outbox.deliver(event.pk, now=NOW)
    assert outbox.deliver_due(now=NOW) == 0
    assert outbox.end_pauses(now=NOW) == 1
    assert outbox.deliver_due(now=NOW) == 1
    assert zoom.meetings == {}
