"""bookings.jobs.sweep: what was changed at Zoom itself is found and mended without anybody asking."""

import logging

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from bookings import jobs, outbox, tasks
from bookings.models import Booking
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from rag_app.celery import app

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def meeting(pending: Booking, zoom: FakeZoom) -> Booking:
    """Confirmed, with its meeting at Zoom."""
    return confirm(pending)


def sweep() -> int:
    return jobs.sweep(timezone.now)


def test_a_confirmed_booking_whose_meeting_somebody_deleted_gets_a_new_one(
    meeting: Booking, zoom: FakeZoom, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    zoom.meetings.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    meeting.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]
    assert sweep() == 0


def test_a_meeting_that_no_booking_owns_goes(meeting: Booking, zoom: FakeZoom) -> None:
    extra = zoom.made(agenda=f"{meeting.id}\nwhat a dying process left")
    zoom.meetings[extra]["created_at"] = f"{NOW - outbox.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    assert sweep() == 1
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


def test_where_zoom_fails_the_next_sweep_does_it(
    meeting: Booking, zoom: FakeZoom, caplog: pytest.LogCaptureFixture
) -> None:
    zoom.fail("GET", Failure(status=503))
    with caplog.at_level(logging.WARNING):
        assert sweep() == 0
    assert "Zoom could not be compared" in caplog.text
    meeting.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


def test_the_clock_of_celery_calls_it_as_often_as_the_loop_does() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["sweep"]
    assert entry["schedule"] == jobs.SECONDS_BETWEEN_SWEEPS
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_the_task_is_that_sweep(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.calls.clear()
    tasks.sweep()
    assert zoom.calls == ["GET /users/me/meetings"]


@pytest.mark.parametrize(("rounds", "sweeps"), [(1, 1), (2, 1), (720, 1), (721, 2)])
def test_the_loop_sweeps_at_its_start_and_then_every_hour(
    rounds: int, sweeps: int, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped:
        """An event that is set after so many rounds, without waiting for them."""

        waits = 0

        def is_set(self) -> bool:
            return False

        def wait(self, seconds: int) -> bool:
            assert seconds * 720 == jobs.SECONDS_BETWEEN_SWEEPS
            self.waits += 1
            return self.waits == rounds

    swept: list[object] = []
    monkeypatch.setattr("threading.Event", Stopped)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(jobs, "run_all", lambda *_, **__: 0)
    monkeypatch.setattr(jobs, "sweep", swept.append)
    call_command("run_due_jobs", loop=True)
    assert len(swept) == sweeps
