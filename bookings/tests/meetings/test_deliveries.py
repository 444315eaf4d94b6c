"""Deliveries: what Zoom is made to agree to, and what follows a create whose outcome is unknown."""

import pytest

from accounts.models import User
from bookings import services
from bookings.errors import ZoomFailed
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import SECOND, cancelled, confirm, due
from conftest import NOW
from outbox.delivery import MOST_ROUNDS
from testing.zoom_meetings import GONE

FALSELY_GONE = Failure(status=404, body=GONE)

pytestmark = pytest.mark.usefixtures("now")


def test_a_cancelled_bookings_meeting_is_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    assert delivery.deliver(event.pk, now=NOW) is True
    assert zoom.calls == [f"DELETE /meetings/{meeting.zoom_meeting_id}"]
    meeting.refresh_from_db()
    assert (meeting.zoom_meeting_id, meeting.zoom_join_url, meeting.zoom_password) == (None, None, "")
    assert meeting.status == Status.CANCELLED


def test_a_meeting_that_is_gone_counts_as_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(cancelled(meeting))
    delivery.deliver(event.pk, now=NOW)
    meeting.refresh_from_db()
    assert meeting.zoom_meeting_id is None
    assert delivery.deliver(event.pk, now=NOW + delivery.GRACE) is True


def test_a_meeting_wrongly_reported_gone_is_deleted_later(meeting: Booking, zoom: FakeZoom) -> None:
    event = due(cancelled(meeting))
    zoom.fail("DELETE", FALSELY_GONE)
    assert delivery.deliver(event.pk, now=NOW) is False
    assert len(zoom.meetings) == 1
    event.refresh_from_db()
    assert NOW < event.due_at < NOW + delivery.GRACE
    assert delivery.deliver(event.pk, now=NOW + delivery.GRACE) is True
    assert zoom.meetings == {}


def test_a_confirmed_booking_updates_its_meeting(meeting: Booking, zoom: FakeZoom) -> None:
    before = Booking.objects.values().get()
    event = due(meeting)
    assert delivery.deliver(event.pk, now=NOW) is True
    assert zoom.calls == [f"PATCH /meetings/{meeting.zoom_meeting_id}"]
    assert Booking.objects.values().get() == before


def test_a_confirmed_booking_whose_meeting_is_gone_gets_a_new_one(meeting: Booking, zoom: FakeZoom) -> None:
    old = meeting.zoom_meeting_id
    zoom.meetings.clear()
    event = due(meeting)
    assert delivery.deliver(event.pk, now=NOW) is False
    [number] = zoom.meetings
    meeting.refresh_from_db()
    assert (meeting.status, meeting.zoom_meeting_id) == (Status.CONFIRMED, str(number))
    assert meeting.zoom_meeting_id != old
    assert meeting.zoom_join_url == zoom.meetings[number]["join_url"]
    # If the old one surfaces again, it is deleted.
    old_one = zoom.meetings.add(agenda=str(meeting.id))
    assert delivery.deliver(event.pk, now=NOW + delivery.GRACE) is True
    assert old_one not in zoom.meetings
    assert list(zoom.meetings) == [number]


def test_a_meeting_wrongly_reported_gone_is_kept(meeting: Booking, zoom: FakeZoom) -> None:
    before = Booking.objects.values().get()
    zoom.fail("PATCH", FALSELY_GONE)
    delivery.deliver(due(meeting).pk, now=NOW)
    assert zoom.count("POST") == 0
    assert Booking.objects.values().get() == before


def test_a_create_with_unknown_outcome_is_searched_for(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(meeting)
    zoom.fail("POST", Failure(status=500, takes_effect=True))
    assert delivery.deliver(event.pk, now=NOW) is False
    [number] = zoom.meetings
    event.refresh_from_db()
    assert event.create_sent_at == NOW
    assert delivery.deliver(event.pk, now=event.due_at) is False
    meeting.refresh_from_db()
    assert (meeting.zoom_meeting_id, list(zoom.meetings)) == (str(number), [number])
    # Looking for it began a new wait: what comes to light after it is found as well.
    assert delivery.deliver(event.pk, now=event.due_at + delivery.GRACE) is True
    assert list(zoom.meetings) == [number]


def test_a_create_that_certainly_failed_is_retried_later(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    event = due(meeting)
    zoom.fail("POST", Failure(status=429))
    assert delivery.deliver(event.pk, now=NOW) is False
    event.refresh_from_db()
    assert event.create_sent_at is None
    delivery.deliver(event.pk, now=event.due_at)
    meeting.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


def test_a_completed_booking_is_left_alone(alice: User, maria: User, zoom: FakeZoom) -> None:
    booking = make_booking(alice, maria, start=at("10:00", day=8), status=Status.COMPLETED)
    before, event = Booking.objects.values().get(), due(booking)
    assert delivery.deliver(event.pk, now=NOW) is True
    assert zoom.calls == []
    assert Booking.objects.values().get() == before


def test_delivering_twice_does_no_harm(meeting: Booking, zoom: FakeZoom) -> None:
    for _ in range(2):
        assert delivery.deliver(due(meeting).pk, now=NOW) is True
    assert len(zoom.meetings) == 1
    cancelled(meeting)
    for _ in range(2):
        assert delivery.deliver(due(meeting).pk, now=NOW) is True
    assert zoom.meetings == {}


def test_a_change_while_it_is_delivered_is_delivered_as_well(meeting: Booking, zoom: FakeZoom) -> None:
    def call_off() -> None:
        services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW)

    event = due(meeting)
    zoom.meanwhile("PATCH", call_off)
    assert delivery.deliver(event.pk, now=NOW) is True
    assert [call.split()[0] for call in zoom.calls] == ["PATCH", "DELETE"]
    assert zoom.meetings == {}


def test_a_booking_that_keeps_changing_does_not_block_the_worker(meeting: Booking, zoom: FakeZoom) -> None:
    def change() -> None:
        MeetingSync.objects.filter(pk=event.pk).update(version=event.version + zoom.count("PATCH"))
        zoom.meanwhile("PATCH", change)

    event = due(meeting)
    zoom.meanwhile("PATCH", change)
    assert delivery.deliver(event.pk, now=NOW) is False
    assert zoom.count("PATCH") == MOST_ROUNDS
    assert MeetingSync.objects.due(NOW).filter(pk=event.pk).exists()


def unknown(booking: Booking, zoom: FakeZoom, *, takes_effect: bool) -> MeetingSync:
    """A confirmation that failed without saying how: its event, still open."""
    zoom.fail("POST", Failure(status=500, takes_effect=takes_effect))
    with pytest.raises(ZoomFailed):
        confirm(booking)
    return MeetingSync.objects.open().get()


def test_a_meeting_created_for_a_request_is_deleted_again(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=True)
    assert len(zoom.meetings) == 1
    delivery.deliver(event.pk, now=event.due_at)
    assert zoom.meetings == {}
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id) == (Status.PENDING, None)


def test_a_meeting_that_surfaces_late_is_deleted_too(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=False)
    assert delivery.deliver(event.pk, now=event.due_at) is False
    event.refresh_from_db()
    zoom.meetings.add(agenda=f"{pending.id}\nLate")
    bystander = zoom.meetings.add(agenda=f"See {pending.id}")
    delivery.deliver(event.pk, now=event.due_at)
    assert list(zoom.meetings) == [bystander]


def test_the_search_ends_when_no_meeting_can_surface_any_more(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=False)
    assert delivery.deliver(event.pk, now=NOW + delivery.GRACE - SECOND) is False
    event.refresh_from_db()
    assert delivery.deliver(event.pk, now=event.due_at) is True
    event.refresh_from_db()
    assert (event.create_sent_at, event.done_at) == (None, event.due_at)


def test_the_time_to_look_counts_from_the_last_create(pending: Booking, zoom: FakeZoom) -> None:
    unknown(pending, zoom, takes_effect=False)
    again = NOW + delivery.GRACE - SECOND
    zoom.fail("POST", Failure(status=500))
    with pytest.raises(ZoomFailed):
        confirm(pending, again)
    event = MeetingSync.objects.open().get()
    assert event.create_sent_at == again
    assert delivery.deliver(event.pk, now=max(event.due_at, NOW + delivery.GRACE)) is False
    zoom.meetings.add(agenda=f"{pending.id}\nOf the second")
    event.refresh_from_db()
    delivery.deliver(event.pk, now=event.due_at)
    assert zoom.meetings == {}


def test_a_cancellation_after_it_leaves_no_meeting(pending: Booking, zoom: FakeZoom) -> None:
    event = unknown(pending, zoom, takes_effect=True)
    services.cancel_booking(booking_id=pending.id, by=pending.student, reason="", now=NOW)
    delivery.deliver(event.pk, now=NOW)
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


def test_topic_and_agenda_are_cut_to_zooms_limits(alice: User, maria: User, zoom: FakeZoom) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), notes="ref:other\n" + "x" * 1990)
    confirm(booking)
    [made] = zoom.meetings.values()
    assert made["agenda"].startswith(f"{booking.id}\n")
    assert len(made["agenda"]) == 2000


def test_people_without_a_name_have_a_meeting_too(pending: Booking, zoom: FakeZoom) -> None:
    User.objects.update(first_name="", last_name="")
    confirm(Booking.objects.get())
    assert [made["topic"] for made in zoom.meetings.values()] == ["Student with Teacher"]
