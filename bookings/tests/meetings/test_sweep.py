"""bookings.jobs.sweep: changes made at Zoom itself are found and repaired automatically."""

import datetime as dt
import logging

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import TeacherProfile, User
from bookings import jobs, tasks
from bookings.errors import ZoomFailed
from bookings.meetings import delivery, reconciliation
from bookings.models import Booking, MeetingSync
from bookings.scheduling.slots import Span
from bookings.states import Status
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import confirm, due
from conftest import NOW
from rag_app.celery import app

pytestmark = pytest.mark.usefixtures("now")


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


def test_a_meeting_without_a_booking_is_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    extra = zoom.meetings.add(agenda=f"{meeting.id}\nwhat a dying process left")
    zoom.meetings[extra]["created_at"] = f"{NOW - delivery.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    assert sweep() == 1
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


@pytest.mark.parametrize("status", Status)
def test_a_booking_keeps_its_meeting_unless_it_was_cancelled(status: Status, meeting: Booking, zoom: FakeZoom) -> None:
    """Nothing in the outbox mentions it, so this must hold whatever was lost."""
    for each in zoom.meetings.values():
        each["created_at"] = f"{NOW - delivery.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    Booking.objects.update(status=status)
    MeetingSync.objects.all().delete()
    assert sweep() == (status == Status.CANCELLED)
    assert len(zoom.meetings) == (status != Status.CANCELLED)


def test_a_failure_of_zoom_leaves_the_work_to_the_next_sweep(
    meeting: Booking, zoom: FakeZoom, caplog: pytest.LogCaptureFixture
) -> None:
    zoom.fail("GET", Failure(status=503))
    with caplog.at_level(logging.WARNING):
        assert sweep() == 0
    assert "Zoom could not be compared" in caplog.text
    meeting.refresh_from_db()
    assert [str(number) for number in zoom.meetings] == [meeting.zoom_meeting_id]


def left_behind(booking: Booking, zoom: FakeZoom) -> int:
    """A meeting that no booking owns, of an age at which nobody is just writing it down."""
    number = zoom.meetings.add(agenda=f"{booking.id}\nwhat a dying process left")
    zoom.meetings[number]["created_at"] = f"{NOW - delivery.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    return number


def test_nothing_is_deleted_if_zoom_knows_bookings_that_the_database_lacks(
    meeting: Booking, zoom: FakeZoom, caplog: pytest.LogCaptureFixture
) -> None:
    newer = left_behind(meeting, zoom)
    unknown = zoom.meetings.add(agenda="00000000-0000-4000-8000-000000000000\n")
    zoom.meetings[unknown]["created_at"] = f"{NOW - delivery.GRACE:%Y-%m-%dT%H:%M:%SZ}"
    assert sweep() == 0
    assert {newer, unknown} <= set(zoom.meetings)
    [error] = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert f"meeting {unknown} of booking 00000000-0000-4000-8000-000000000000" in error
    assert "Was an older backup restored" in error
    del zoom.meetings[unknown]
    assert sweep() == 1
    assert newer not in zoom.meetings


@pytest.mark.parametrize(
    "failure",
    [Failure(status=503), Failure(status=404, body={"code": 1001, "message": "User does not exist: aaa@example.com."})],
)
def test_a_host_that_cannot_be_listed_does_not_stop_the_others(
    failure: Failure, meeting: Booking, zoom: FakeZoom, carl: User
) -> None:
    TeacherProfile.objects.filter(user=carl).update(zoom_host="aaa@example.com")
    extra = left_behind(meeting, zoom)
    zoom.fail("GET", failure)
    assert sweep() == 1
    assert extra not in zoom.meetings


def test_a_failed_deletion_does_not_stop_the_others(meeting: Booking, zoom: FakeZoom) -> None:
    stuck, extra = left_behind(meeting, zoom), left_behind(meeting, zoom)
    zoom.fail("DELETE", Failure(status=400))
    assert sweep() == 1
    assert stuck in zoom.meetings
    assert extra not in zoom.meetings


def test_a_meeting_that_a_confirmation_adopts_meanwhile_is_not_deleted(pending: Booking, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=503, takes_effect=True))
    with pytest.raises(ZoomFailed):
        confirm(pending)
    later = NOW + 2 * delivery.GRACE
    [found] = reconciliation.look(Span(NOW, later + reconciliation.COMING), now=later).disagreements
    assert found.kind == reconciliation.Kind.EXTRA
    booking = confirm(Booking.objects.get(), later)
    assert reconciliation.repair(found, now=later) is False
    assert [str(number) for number in zoom.meetings] == [booking.zoom_meeting_id]


def test_a_meeting_of_unknown_age_may_be_a_new_one(meeting: Booking, zoom: FakeZoom) -> None:
    young = zoom.meetings.add(agenda=f"{meeting.id}")
    zoom.meetings[young]["created_at"] = None
    assert sweep() == 0
    assert young in zoom.meetings


@pytest.mark.parametrize("fields", [{"stopped_at": NOW}, {"due_at": NOW + delivery.GRACE}])
def test_bookings_with_an_open_or_stopped_sync_are_left_alone(
    fields: dict[str, dt.datetime], meeting: Booking, zoom: FakeZoom
) -> None:
    zoom.meetings.clear()
    due(meeting)
    MeetingSync.objects.open().update(**fields)
    before = MeetingSync.objects.values().get(done_at=None)
    assert sweep() == 0
    assert MeetingSync.objects.values().get(done_at=None) == before


def test_the_clock_of_celery_calls_it_as_often_as_the_loop_does() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["sweep"]
    assert entry["schedule"] == jobs.SECONDS_BETWEEN_SWEEPS
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_the_task_runs_the_sweep(meeting: Booking, zoom: FakeZoom) -> None:
    zoom.calls.clear()
    tasks.sweep()
    assert zoom.calls == ["GET /users/me/meetings"]


@pytest.mark.parametrize(("rounds", "sweeps"), [(1, 1), (2, 1), (720, 1), (721, 2)])
def test_the_loop_sweeps_at_its_start_and_then_every_hour(
    rounds: int, sweeps: int, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped:
        """An event that is set after a number of rounds, without waiting for them."""

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
