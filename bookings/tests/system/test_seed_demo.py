"""manage.py seed_demo: what `make run` and `make demo` begin with, and that Zoom agrees with it."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from bookings.models import Availability, Booking, MeetingSync
from bookings.states import Status
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW
from zoom_sandbox.models import SandboxMeeting

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    settings.DEBUG = True


def run(command: str) -> tuple[str, str]:
    """Return its output and its errors."""
    out, err = io.StringIO(), io.StringIO()
    call_command(*command.split(), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_session_under_way_has_its_meeting_at_zoom(zoom: FakeZoom) -> None:
    assert run("seed_demo") == ("", "")
    booking = Booking.objects.get()
    assert (booking.status, booking.teacher.first_name, booking.student.first_name) == (
        Status.CONFIRMED,
        "Maria",
        "John",
    )
    assert booking.start_time < NOW < booking.end_time
    assert list(zoom.meetings) == [int(booking.zoom_meeting_id or 0)]
    assert [change.move for change in booking.changes.order_by("id")] == ["request", "confirm"]
    assert all(change.at < booking.start_time for change in booking.changes.all())
    assert not MeetingSync.objects.open().exists()
    assert run("check_zoom") == ("Zoom agrees.\n", "")


def test_a_second_time_changes_nothing(zoom: FakeZoom) -> None:
    run("seed_demo")
    run("seed_demo")
    assert (User.objects.count(), Availability.objects.count(), Booking.objects.count()) == (2, 5, 1)
    assert len(zoom.meetings) == 1


def test_if_zoom_refuses_the_people_are_created_all_the_same(zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400))
    _, complaint = run("seed_demo")
    assert complaint.startswith("The demo session has no meeting. Failed to create Zoom meeting")
    assert (User.objects.count(), Availability.objects.count()) == (2, 5)
    assert Booking.objects.get().status == Status.PENDING
    assert not zoom.meetings


def test_without_debug_it_creates_nobody(settings: Settings, zoom: FakeZoom) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="Demo people are for development"):
        run("seed_demo")
    assert not User.objects.exists()
    assert not zoom.calls


def test_full_makes_a_school_once() -> None:
    assert run("seed_demo --full") == ("", "")
    teachers = User.objects.filter(email__startswith="teacher", role="teacher").exclude(email="teacher@example.com")
    assert (teachers.count(), teachers.values("timezone").distinct().count()) == (30, 12)
    assert User.objects.filter(role="student").count() == 201
    by_status = {status: Booking.objects.filter(status=status).count() for status in Status}
    assert by_status == {
        Status.PENDING: 90,
        Status.CONFIRMED: 61,
        Status.CANCELLED: 90,
        Status.COMPLETED: 150,
    }
    rated = Booking.objects.filter(status=Status.COMPLETED, feedback__isnull=False).count()
    assert 50 < rated < 130
    assert SandboxMeeting.objects.count() == 61
    run("seed_demo --full")
    assert (Booking.objects.count(), User.objects.count()) == (391, 232)
