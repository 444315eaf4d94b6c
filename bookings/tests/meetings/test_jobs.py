"""bookings.jobs.run_all: a round ends, and no job keeps another from its turn."""

import datetime as dt
import logging

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import jobs
from bookings.errors import Busy
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import due
from conftest import NOW

pytestmark = [pytest.mark.usefixtures("now"), pytest.mark.django_db]

CALL = dt.timedelta(seconds=12)


@pytest.fixture
def dead_zoom(zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """Each request takes its twelve seconds and fails: the clock, from one request to the next."""
    clock = [NOW]

    def silence(*_: object) -> tuple[int, dict[str, str], str]:
        clock.append(clock[-1] + CALL)
        return 503, {}, "{}"

    monkeypatch.setattr(zoom, "_act", silence)
    return clock


def many_due(count: int) -> None:
    for _ in range(count):
        due(make_booking(make_student(), make_teacher(), start=at("10:00"), status=Status.CONFIRMED))


def test_a_round_tries_each_event_once_while_zoom_is_dead(dead_zoom: list[dt.datetime]) -> None:
    many_due(20)
    assert jobs.run_all(lambda: dead_zoom[-1]) == 20
    assert len(dead_zoom) == 1 + 20
    assert MeetingSync.objects.open().count() == 20


def test_a_looping_worker_leaves_the_rest_for_the_next_round(
    dead_zoom: list[dt.datetime], alice: User, maria: User
) -> None:
    many_due(20)
    unanswered = make_booking(alice, maria, start=NOW + dt.timedelta(seconds=30))
    for _ in range(2):
        jobs.run_all(lambda: dead_zoom[-1], patience=jobs.PATIENCE)
    assert len(dead_zoom) == 1 + 2 * (jobs.PATIENCE // CALL)
    assert Booking.objects.get(pk=unanswered.pk).status == Status.CANCELLED


def broken(*_: object, **__: object) -> int:
    raise Busy


def test_a_failing_job_does_not_stop_the_others(
    alice: User, maria: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended = make_booking(alice, maria, start=NOW - dt.timedelta(hours=3), status=Status.CONFIRMED)
    monkeypatch.setattr("bookings.services.overdue.cancel_unanswered", broken)
    with caplog.at_level(logging.ERROR), pytest.raises(Busy):
        jobs.run_all(lambda: NOW)
    assert Booking.objects.get(pk=ended.pk).status == Status.COMPLETED
    assert "A job failed; its work stays due." in caplog.text


def test_the_loop_continues_after_a_failed_round(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[int] = []

    class Stopped:
        """An event that is set after three rounds."""

        def is_set(self) -> bool:
            return False

        def wait(self, seconds: int) -> bool:
            waits.append(seconds)
            return len(waits) == 3

    monkeypatch.setattr("threading.Event", Stopped)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(jobs, "run_all", broken)
    with caplog.at_level(logging.ERROR):
        call_command("run_due_jobs", loop=True)
    assert len(waits) == 3
    assert caplog.text.count("A round failed") == 3


# --- Claims ---


def three_due(zoom: FakeZoom) -> None:
    teacher, student = make_teacher(), make_student()
    for hour in range(3):
        start = NOW + dt.timedelta(days=3, hours=hour)
        booking = make_booking(student, teacher, start=start, status=Status.CANCELLED)
        Booking.objects.filter(pk=booking.pk).update(zoom_meeting_id=str(zoom.meetings.add(agenda=f"{booking.id}")))
        MeetingSync.objects.create(booking=booking, created_at=NOW, due_at=NOW)


def test_the_lease_of_each_begins_when_it_is_claimed_however_long_the_others_took(zoom: FakeZoom) -> None:
    three_due(zoom)
    clock, left = [NOW], []

    def slowly() -> None:
        [event] = MeetingSync.objects.open().exclude(leased_until=None)
        assert event.leased_until is not None
        left.append((event.leased_until - clock[-1]).total_seconds())
        clock.append(clock[-1] + dt.timedelta(seconds=50))
        zoom.meanwhile("DELETE", slowly)

    zoom.meanwhile("DELETE", slowly)
    jobs.run_all(lambda: clock[-1])
    assert left == [60, 60, 60]


def test_a_claim_passes_over_what_another_is_just_claiming() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert delivery.deliver_due(now=NOW) == 0
    is_skipping = any("SKIP LOCKED" in query["sql"] for query in queries.captured_queries)
    assert is_skipping == (connection.vendor == "postgresql")
