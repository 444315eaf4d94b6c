"""GET /api/bookings/bookings/<id>/start/: the host's link, for the teacher alone, and nowhere kept."""

import logging
import uuid

import pytest
from pytest_django import Settings

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking
from bookings.models import Booking, BookingChange, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW

SECRET = "host-secret"


def start(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/start/"


@pytest.fixture
def own(pending: Booking, maria: User, zoom: FakeZoom) -> Booking:
    """A confirmed booking whose meeting is under the teacher's own Zoom user."""
    TeacherProfile.objects.update(zoom_host="maria@example.com")
    pending.refresh_from_db()
    booking = confirm(Booking.objects.get())
    zoom.calls.clear()
    return booking


@pytest.fixture
def shared(meeting: Booking, settings: Settings) -> Booking:
    """A confirmed booking whose meeting is under the school's host, which its teachers may start."""
    settings.ZOOM_SHARED_HOST_START = True
    return meeting


def test_it_works(own: Booking, api_for: Api, zoom: FakeZoom) -> None:
    with nothing_changes():
        answer = api_for(own.teacher).get(start(own))
    assert answer.status_code == 200
    assert answer.json() == {"start_url": f"{own.zoom_join_url}?zak={SECRET}"}
    assert zoom.calls == [f"GET /meetings/{own.zoom_meeting_id}"]
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "ETag" not in answer.headers


def test_it_is_fetched_each_time_and_kept_nowhere(
    own: Booking, api_for: Api, zoom: FakeZoom, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    zoom.fail("GET", Failure(status=500, body={"message": f"https://zoom.us/s/1?zak={SECRET}"}))
    client = api_for(own.teacher)
    assert [client.get(start(own)).status_code for _ in range(3)] == [500, 200, 200]
    assert zoom.count("GET") == 3
    written = caplog.text + "".join(capfd.readouterr()) + "".join(repr(vars(record)) for record in caplog.records)
    assert "rag_app.operations.access_log" in {record.name for record in caplog.records}
    assert SECRET not in written
    for model in (Booking, BookingChange, MeetingSync):
        assert SECRET not in repr([*model._default_manager.values()])


def test_a_shared_hosts_meeting_can_be_started_if_the_school_allows_it(
    shared: Booking, api_for: Api, settings: Settings, zoom: FakeZoom
) -> None:
    assert SECRET in api_for(shared.teacher).get(start(shared)).json()["start_url"]
    settings.ZOOM_SHARED_HOST_START = False
    zoom.calls.clear()
    answer = api_for(shared.teacher).get(start(shared))
    sentence = "This meeting is hosted by the school's Zoom account; join it instead of starting it"
    assert refused(answer, 400, sentence, "not_own_host")
    assert zoom.calls == []


def test_a_meeting_of_the_teachers_former_host_cannot_be_started(own: Booking, api_for: Api) -> None:
    TeacherProfile.objects.update(zoom_host="other@example.com")
    assert api_for(own.teacher).get(start(own)).json()["code"] == "not_own_host"


def test_a_shared_host_runs_one_meeting_at_a_time(shared: Booking, bob: User, carl: User, api_for: Api) -> None:
    running = make_booking(bob, carl, start=NOW, status=Status.CONFIRMED)
    client = api_for(shared.teacher)
    assert client.get(start(shared)).status_code == 200
    Booking.objects.filter(id=running.id).update(meeting_started_at=NOW)
    answer = client.get(start(shared))
    assert refused(answer, 400, "Another meeting of the same Zoom host is running", "host_busy")


def test_it_needs_a_token(own: Booking, api_for: Api, zoom: FakeZoom) -> None:
    assert api_for(None).get(start(own)).status_code == 401
    assert zoom.calls == []


@pytest.mark.parametrize("who", ["bob", "carl"])
def test_a_strangers_booking_is_404(
    who: str, own: Booking, api_for: Api, zoom: FakeZoom, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    foreign, missing = client.get(start(own)), client.get(f"{BOOKINGS}{uuid.uuid4()}/start/")
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content
    assert zoom.calls == []


@pytest.mark.parametrize("who", ["alice", "root"])
def test_only_the_teacher_can_start_the_meeting(
    who: str, own: Booking, api_for: Api, zoom: FakeZoom, request: pytest.FixtureRequest
) -> None:
    answer = api_for(request.getfixturevalue(who)).get(start(own))
    assert refused(answer, 403, "Only teachers can start meetings", "permission_denied")
    assert zoom.calls == []


@pytest.mark.parametrize("status", [Status.PENDING, Status.CANCELLED, Status.COMPLETED])
def test_it_refuses_every_other_status(status: Status, alice: User, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    booking = make_booking(alice, maria, start=at("12:00"), status=status)
    answer = api_for(maria).get(start(booking))
    sentence = f"Only confirmed bookings can be started; this one is {status.lower()}"
    assert refused(answer, 400, sentence, "wrong_status")
    assert zoom.calls == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"start_url": "https://evil.example/s/1"},
        {"start_url": "javascript:alert(1)"},
        {"start_url": "https://zoom.us/s/1\n"},
        {"start_url": 7},
    ],
)
def test_a_link_that_is_not_zooms_is_not_followed(body: object, own: Booking, api_for: Api, zoom: FakeZoom) -> None:
    zoom.fail("GET", Failure(status=200, body=body))
    answer = api_for(own.teacher).get(start(own))
    assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
    assert answer.json()["error"].startswith("Failed to start the Zoom meeting: ")


def test_a_meeting_that_is_gone_cannot_be_started(own: Booking, api_for: Api, zoom: FakeZoom) -> None:
    zoom.meetings.clear()
    answer = api_for(own.teacher).get(start(own))
    assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
