"""A teacher's `reconfirm_moves`: what its student moves is pending again, and its meeting waits for the answer."""

import datetime as dt

import pytest

from accounts.models import TeacherProfile, User
from bookings.meetings import delivery, reconciliation
from bookings.models import Booking, MeetingSync
from bookings.scheduling.slots import Span
from bookings.services.overdue import cancel_unanswered
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW, Client

AFTERNOON = {"start_time": "2025-01-15T14:00:00Z"}


def starts(zoom: FakeZoom) -> list[str]:
    return [meeting["start_time"] for meeting in zoom.meetings.values()]


@pytest.fixture
def student(meeting: Booking, api_for: Api) -> Client:
    """Alice, whose session was confirmed by a teacher who wants to agree to every time."""
    TeacherProfile.objects.update(reconfirm_moves=True)
    return api_for(meeting.student)


@pytest.fixture
def moved(meeting: Booking, student: Client, zoom: FakeZoom) -> Booking:
    """Moved by Alice from ten to two."""
    answer = student.post(f"{BOOKINGS}{meeting.id}/reschedule/", AFTERNOON)
    assert answer.status_code == 200
    meeting.refresh_from_db()
    return meeting


def test_it_is_pending_at_the_new_time_and_its_meeting_waits(moved: Booking, student: Client, zoom: FakeZoom) -> None:
    shown = student.get(f"{BOOKINGS}{moved.id}/").json()
    assert (shown["status"], shown["awaits"], shown["start_time"]) == ("PENDING", "teacher", "2025-01-15T14:00:00Z")
    assert (shown["zoom_meeting_id"], shown["zoom_info"]["has_meeting"]) == (None, False)
    change = moved.changes.get(move=Move.RESCHEDULE)
    assert (change.from_status, change.to_status) == (Status.CONFIRMED, Status.PENDING)
    assert starts(zoom) == ["2025-01-15T10:00:00Z"]
    assert zoom.calls == []
    assert not MeetingSync.objects.open().exists()


def test_confirmed_again_it_has_the_same_meeting_at_the_new_time(moved: Booking, api_for: Api, zoom: FakeZoom) -> None:
    link = moved.zoom_join_url
    answer = api_for(moved.teacher).post(f"{BOOKINGS}{moved.id}/confirm/")
    assert (answer.status_code, answer.json()["zoom_info"]["join_url"]) == (200, link)
    assert starts(zoom) == ["2025-01-15T14:00:00Z"]
    assert zoom.count("POST") == 0
    moved.refresh_from_db()
    assert (moved.status, moved.zoom_join_url) == (Status.CONFIRMED, link)


@pytest.mark.parametrize(("who", "move"), [("maria", "decline"), ("maria", "cancel"), ("alice", "cancel")])
def test_a_cancellation_deletes_the_meeting(
    who: str, move: str, moved: Booking, api_for: Api, zoom: FakeZoom, request: pytest.FixtureRequest
) -> None:
    assert api_for(request.getfixturevalue(who)).post(f"{BOOKINGS}{moved.id}/{move}/").status_code == 200
    assert zoom.meetings == {}
    assert not MeetingSync.objects.open().exists()


def test_if_zoom_fails_it_stays_pending_and_keeps_its_meeting(moved: Booking, api_for: Api, zoom: FakeZoom) -> None:
    zoom.fail("PATCH", Failure(status=400))
    client, path = api_for(moved.teacher), f"{BOOKINGS}{moved.id}/confirm/"
    assert client.post(path).json()["code"] == "zoom_failed"
    moved.refresh_from_db()
    assert (moved.status, len(zoom.meetings)) == (Status.PENDING, 1)
    assert moved.zoom_meeting_id is not None
    assert client.post(path).status_code == 200


def test_a_meeting_deleted_meanwhile_is_created_again(moved: Booking, api_for: Api, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    assert api_for(moved.teacher).post(f"{BOOKINGS}{moved.id}/confirm/").status_code == 200
    moved.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [moved.zoom_meeting_id]
    assert starts(zoom) == ["2025-01-15T14:00:00Z"]


def test_the_sweep_leaves_a_meeting_that_waits_alone(moved: Booking, zoom: FakeZoom) -> None:
    later = NOW + dt.timedelta(hours=1)
    found = reconciliation.look(Span(NOW, NOW + dt.timedelta(days=30)), now=later)
    assert found.disagreements == []
    assert reconciliation.sweep(now=later) == 0
    assert len(zoom.meetings) == 1


def test_a_second_move_waits_too(moved: Booking, student: Client, api_for: Api, zoom: FakeZoom) -> None:
    student.post(f"{BOOKINGS}{moved.id}/reschedule/", {"start_time": "2025-01-15T15:00:00Z"})
    assert starts(zoom) == ["2025-01-15T10:00:00Z"]
    assert api_for(moved.teacher).post(f"{BOOKINGS}{moved.id}/confirm/").status_code == 200
    assert starts(zoom) == ["2025-01-15T15:00:00Z"]


@pytest.mark.parametrize("who", ["maria", "root"])
def test_the_teachers_own_moves_need_no_confirmation(
    who: str, meeting: Booking, student: Client, api_for: Api, zoom: FakeZoom, request: pytest.FixtureRequest
) -> None:
    answer = api_for(request.getfixturevalue(who)).post(f"{BOOKINGS}{meeting.id}/reschedule/", AFTERNOON)
    assert answer.json()["booking"]["status"] == "CONFIRMED"
    assert starts(zoom) == ["2025-01-15T14:00:00Z"]


def test_without_the_setting_a_students_move_needs_no_confirmation(meeting: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(f"{BOOKINGS}{meeting.id}/reschedule/", AFTERNOON)
    assert answer.json()["booking"]["status"] == "CONFIRMED"


def test_teachers_set_it_on_their_profile(maria: User, api_for: Api) -> None:
    shown = api_for(maria).patch("/api/accounts/me/", {"profile": {"reconfirm_moves": True}}).json()
    assert shown["profile"]["reconfirm_moves"] is True
    assert TeacherProfile.objects.get(user=maria).reconfirm_moves is True


def test_if_unanswered_booking_and_meeting_end_at_the_start(moved: Booking, zoom: FakeZoom) -> None:
    assert cancel_unanswered(now=at("14:00")) == 1
    moved.refresh_from_db()
    assert moved.status == Status.CANCELLED
    assert delivery.deliver_due(now=at("14:00")) == 1
    assert zoom.meetings == {}
