"""POST /api/bookings/bookings/<id>/cancel/"""

from typing import Any

import pytest
import time_machine

from accounts.models import TeacherProfile, User
from bookings import models, services
from bookings.errors import Refused
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import LIVE, Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, full_disk, nothing_changes, refused
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW
from zoom_sandbox.models import SandboxMeeting

REASON = {"reason": "Schedule conflict"}


def cancel(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/cancel/"


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_it_works(
    who: str, status: Status, alice: User, maria: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    booking = make_booking(alice, maria, start=at("10:00"), status=status)

    answer = api_for(by).post(cancel(booking), REASON)

    booking.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["message"] == "Booking cancelled successfully"
    shown = answer.json()["booking"]
    assert (shown["status"], shown["cancellation_reason"]) == ("CANCELLED", "Schedule conflict")
    assert (shown["can_cancel"], shown["can_reschedule"]) == (False, False)
    assert (booking.status, booking.cancellation_reason) == (Status.CANCELLED, "Schedule conflict")
    change = booking.changes.get(move=Move.CANCEL)
    assert (change.by, change.at, change.reason) == (by, NOW, "Schedule conflict")
    assert (change.from_status, change.to_status) == (status, Status.CANCELLED)


def test_its_meeting_is_deleted_and_no_longer_shown(confirmed: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(cancel(confirmed), REASON)
    assert SandboxMeeting.objects.get().deleted_at is not None
    confirmed.refresh_from_db()
    assert (confirmed.zoom_meeting_id, confirmed.zoom_join_url, confirmed.zoom_password) == (None, None, "")
    assert answer.json()["booking"]["zoom_info"] == {
        "meeting_id": None,
        "join_url": None,
        "has_meeting": False,
        "password": None,
    }
    assert not MeetingSync.objects.open().exists()


def test_a_request_that_never_had_a_meeting_leaves_zoom_alone(
    pending: Booking, alice: User, api_for: Api, zoom: FakeZoom
) -> None:
    assert api_for(alice).post(cancel(pending)).status_code == 200
    assert zoom.calls == []
    assert not MeetingSync.objects.exists()


def test_its_time_is_free_again(pending: Booking, bob: User, maria: User, api_for: Api) -> None:
    wish = {"teacher_id": str(maria.id), "start_time": "2025-01-15T10:00:00Z"}
    assert api_for(bob).post(BOOKINGS, wish).status_code == 400
    api_for(maria).post(cancel(pending))
    assert api_for(bob).post(BOOKINGS, wish).status_code == 201


def test_if_zoom_fails_it_is_cancelled_and_the_meeting_is_deleted_later(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    zoom.fail("DELETE", Failure(status=503))
    answer = api_for(maria).post(cancel(pending), REASON)
    assert answer.status_code == 200
    assert answer.json()["booking"]["zoom_info"]["has_meeting"] is False
    assert len(zoom.meetings) == 1
    event = MeetingSync.objects.open().get()
    assert event.due_at > NOW
    assert event.leased_until is None


def test_a_reason_is_not_needed(pending: Booking, alice: User, api_for: Api) -> None:
    assert api_for(alice).post(cancel(pending)).json()["booking"]["cancellation_reason"] == ""


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_it_refuses_once_the_session_has_started(
    who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(who)
    with time_machine.travel(at("10:00"), tick=False), nothing_changes():
        answer = api_for(by).post(cancel(pending))
    assert refused(answer, 400, "The session can no longer be cancelled: its start has passed", "too_late")


def test_it_works_until_the_last_second(pending: Booking, alice: User, api_for: Api) -> None:
    with time_machine.travel(at("09:59:59"), tick=False):
        assert api_for(alice).post(cancel(pending)).status_code == 200


def test_the_system_may_cancel_late(pending: Booking) -> None:
    services.cancel_booking(booking_id=pending.id, by=None, reason="Never answered", now=at("10:00"))
    assert (pending.changes.get(move=Move.CANCEL).by, Booking.objects.get().status) == (None, Status.CANCELLED)


@pytest.mark.parametrize(("time", "is_allowed"), [("07:59:59", True), ("08:00", True), ("08:00:01", False)])
def test_students_keep_to_the_teachers_notice(
    time: str, is_allowed: bool, pending: Booking, alice: User, api_for: Api
) -> None:
    TeacherProfile.objects.update(cancel_notice_minutes=120)
    with time_machine.travel(at(time), tick=False):
        client = api_for(alice)
        assert client.get(f"{BOOKINGS}{pending.id}/").json()["can_cancel"] is is_allowed
        answer = client.post(cancel(pending))
    assert (answer.status_code == 200) is is_allowed
    if not is_allowed:
        assert refused(answer, 400, "The teacher asks for 120 minutes of notice", "notice_too_short")


@pytest.mark.parametrize("who", ["maria", "root"])
def test_notice_binds_students_only(who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    TeacherProfile.objects.update(cancel_notice_minutes=120)
    by = request.getfixturevalue(who)
    with time_machine.travel(at("09:00"), tick=False):
        assert api_for(by).post(cancel(pending)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"reason": "x" * 501}, id="too long"),
        pytest.param({"reason": None}, id="null"),
        pytest.param({"reason": ["a"]}, id="a list"),
        pytest.param({"reason": "a\x00b"}, id="a NUL byte"),
    ],
)
def test_it_refuses_a_bad_body(body: Any, pending: Booking, alice: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(alice).post(cancel(pending), body)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {"reason"})


@pytest.mark.parametrize(("writer", "write"), [(models, "write_together"), (MeetingSync, "save")])
def test_it_is_all_or_nothing(writer: Any, write: str, confirmed: Booking, alice: User, api_for: Api) -> None:
    with full_disk(writer, write):
        assert api_for(alice).post(cancel(confirmed), REASON).status_code == 500


def test_a_refusal_leaves_the_instance_unchanged(completed: Booking, alice: User) -> None:
    with pytest.raises(Refused):
        completed.cancel(by=alice, now=NOW, reason="Too late")
    assert completed.status == Status.COMPLETED
