"""POST /api/bookings/bookings/<id>/confirm/"""

from collections.abc import Callable

import pytest

from accounts.models import TeacherProfile, User
from bookings import services
from bookings.factories import make_booking
from bookings.models import Booking, BookingChange, MeetingSync
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW
from zoom_sandbox.models import SandboxMeeting


def confirm(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/confirm/"


def test_it_works(pending: Booking, maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(confirm(pending))

    meeting = SandboxMeeting.objects.get()
    pending.refresh_from_db()
    body = answer.json()
    assert answer.status_code == 200
    assert body["message"] == "Booking confirmed and Zoom meeting created"
    assert body["booking"]["status"] == pending.status == Status.CONFIRMED
    assert body["booking"]["zoom_info"] == {
        "meeting_id": str(meeting.id),
        "join_url": pending.zoom_join_url,
        "has_meeting": True,
        "password": meeting.password,
    }
    assert body["zoom_info"] == {
        "join_url": pending.zoom_join_url,
        "meeting_id": str(meeting.id),
        "password": meeting.password,
    }
    assert (pending.zoom_meeting_id, pending.zoom_password) == (str(meeting.id), meeting.password)


def test_the_meeting_has_the_bookings_data(pending: Booking, maria: User, api_for: Api) -> None:
    api_for(maria).post(confirm(pending))
    meeting = SandboxMeeting.objects.get()
    assert (meeting.host, meeting.start_time, meeting.duration) == ("me", at("10:00"), 60)
    assert meeting.topic == "Alice Adams with Maria Garcia"
    assert meeting.agenda == f"{pending.id}\nAlice Adams with Maria Garcia\n\nIrregular verbs"
    assert meeting.waiting_room


def test_it_is_recorded_and_leaves_no_event_open(pending: Booking, maria: User, api_for: Api) -> None:
    api_for(maria).post(confirm(pending))
    change = pending.changes.get(move=Move.CONFIRM)
    assert (change.by, change.at) == (maria, NOW)
    assert (change.from_status, change.to_status) == (Status.PENDING, Status.CONFIRMED)
    event = MeetingSync.objects.get()
    assert (event.done_at, event.attempts, event.leased_until, event.create_sent_at) == (NOW, 1, None, None)


def test_the_teachers_own_host_is_used(pending: Booking, maria: User, api_for: Api) -> None:
    TeacherProfile.objects.filter(user=maria).update(zoom_host="maria@school.example")
    api_for(maria).post(confirm(pending))
    assert SandboxMeeting.objects.get().host == "maria@school.example"
    assert Booking.objects.get().zoom_host == "maria@school.example"


def test_the_hosts_secret_is_neither_kept_nor_shown(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    answer = api_for(maria).post(confirm(pending))
    assert answer.status_code == 200
    assert b"host-secret" not in answer.content
    assert "host-secret" not in str(Booking.objects.values().get())


def test_staff_may_confirm(pending: Booking, root: User, api_for: Api) -> None:
    assert api_for(root).post(confirm(pending)).status_code == 200


def test_it_refuses_once_the_start_has_passed(alice: User, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    begun = make_booking(alice, maria, start=NOW)
    with nothing_changes():
        answer = api_for(maria).post(confirm(begun))
    assert refused(answer, 400, "The session can no longer be confirmed: its start has passed", "too_late")
    assert zoom.calls == []


def test_a_second_concurrent_confirmation_is_refused(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    seen = []
    zoom.meanwhile("POST", lambda: seen.append(api_for(maria).post(confirm(pending))))
    assert api_for(maria).post(confirm(pending)).status_code == 200
    sentence = "This booking is being confirmed; please look again in a moment"
    assert refused(seen[0], 400, sentence, "being_confirmed")
    assert len(zoom.meetings) == zoom.count("POST") == 1
    assert BookingChange.objects.filter(move=Move.CONFIRM).count() == 1


def cancelled(booking: Booking, by: User) -> Callable[[], object]:
    return lambda: services.cancel_booking(booking_id=booking.id, by=by, reason="Ill", now=NOW)


def moved(booking: Booking, by: User) -> Callable[[], object]:
    return lambda: services.reschedule_booking(booking_id=booking.id, by=by, start=at("14:00"), duration=30, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_concurrent_cancellation_wins_and_no_meeting_is_left(
    pending: Booking, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.allows_transactions = False
    zoom.meanwhile("POST", cancelled(pending, alice))
    answer = api_for(maria).post(confirm(pending))
    sentence = "Only pending bookings can be confirmed; this one is cancelled"
    assert refused(answer, 400, sentence, "wrong_status")
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id) == (Status.CANCELLED, None)
    assert zoom.meetings == {}
    assert not MeetingSync.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_after_a_concurrent_move_the_meeting_is_moved_too(
    pending: Booking, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.allows_transactions = False
    zoom.meanwhile("POST", moved(pending, alice))
    answer = api_for(maria).post(confirm(pending))
    assert answer.status_code == 200
    assert answer.json()["booking"]["start_time"] == "2025-01-15T14:00:00Z"
    [meeting] = zoom.meetings.values()
    assert (meeting["start_time"], meeting["duration"]) == ("2025-01-15T14:00:00Z", 30)
    assert not MeetingSync.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_after_a_cancellation_during_a_failing_create_no_meeting_is_left(
    pending: Booking, alice: User, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.allows_transactions = False
    zoom.meanwhile("POST", cancelled(pending, alice))
    zoom.fail("POST", Failure(status=400))
    assert api_for(maria).post(confirm(pending)).status_code == 500
    pending.refresh_from_db()
    assert (pending.status, zoom.meetings) == (Status.CANCELLED, {})


@pytest.mark.django_db(transaction=True)
def test_zoom_is_never_called_inside_a_transaction(
    pending: Booking, maria: User, alice: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.allows_transactions = False
    assert api_for(maria).post(confirm(pending)).status_code == 200
    body = {"start_time": "2025-01-15T14:00:00Z"}
    assert api_for(alice).post(f"{BOOKINGS}{pending.id}/reschedule/", body).status_code == 200
    assert api_for(alice).post(f"{BOOKINGS}{pending.id}/cancel/").status_code == 200
    assert [call.split()[0] for call in zoom.calls] == ["POST", "PATCH", "DELETE"]
    assert zoom.meetings == {}
