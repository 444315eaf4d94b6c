"""Rounds of Celery's clock: one that waited too long is discarded, said, and counted; clocks do not matter."""

import datetime as dt
import logging
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery.beat import ScheduleEntry
from django.conf import settings
from django.db import OperationalError
from prometheus_client import REGISTRY

from bookings import jobs, tasks
from outbox import clock, rounds
from rag_app.beat import SteadyScheduler
from rag_app.celery import app, send_time

SECOND = dt.timedelta(seconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    monkeypatch.setattr(jobs, "run_all", lambda *_, **__: done.append("round"))
    return done


def sent() -> dict[str, Any]:
    headers: dict[str, Any] = {}
    send_time(sender="bookings.tasks.run_due_jobs", headers=headers)
    return headers


def arrive(headers: dict[str, Any]) -> None:
    tasks.run_due_jobs.push_request(**headers)
    try:
        tasks.run_due_jobs.run()
    finally:
        tasks.run_due_jobs.pop_request()


def discarded() -> float:
    labels = {"task": "bookings.tasks.run_due_jobs"}
    return REGISTRY.get_sample_value("outbox_discarded_rounds_total", labels) or 0.0


def test_a_round_says_when_it_was_sent_and_other_messages_do_not() -> None:
    assert dt.datetime.fromisoformat(sent()["sent_at"]).tzinfo is not None
    headers: dict[str, Any] = {}
    send_time(sender="outbox.tasks.deliver", headers=headers)
    assert headers == {}


@pytest.mark.parametrize(("seconds", "rounds_done", "rounds_discarded"), [(0, 1, 0), (60, 1, 0), (61, 0, 1)])
def test_a_round_that_waited_too_long_is_discarded_with_a_warning(
    seconds: int,
    rounds_done: int,
    rounds_discarded: int,
    done: list[str],
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    headers, before = sent(), discarded()
    with time_machine.travel(now + seconds * SECOND, tick=False), caplog.at_level(logging.WARNING):
        arrive(headers)
    assert len(done) == rounds_done
    assert discarded() - before == rounds_discarded
    assert ("had waited for 61 seconds and is discarded" in caplog.text) is bool(rounds_discarded)


def test_messages_have_no_expiry_by_the_senders_clock(done: list[str]) -> None:
    """As it was found: a worker two minutes ahead of beat dropped every round without a word."""
    for name in ("bookings.tasks.run_due_jobs", "bookings.tasks.sweep"):
        assert app.tasks[name].expires is None
    arrive({})
    assert done == ["round"]


def test_without_the_database_a_round_is_sent_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> dt.datetime:
        raise OperationalError("The database is away")

    monkeypatch.setattr(clock, "now", away)
    headers: dict[str, Any] = {}
    rounds.stamp(headers)
    assert headers == {}


class Recorder(SteadyScheduler):
    """Celery's clock, with what it would send on record."""

    def __init__(self, folder: Path) -> None:
        self.sent: list[str | None] = []
        self.__dict__["producer"] = None  # else it connects to the broker
        super().__init__(app, schedule_filename=str(folder / "schedule"), lazy=True)
        self.setup_schedule()

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        self.sent.append(entry.name)

    def tick_all(self) -> float:
        """Send all that is due, and return the seconds until the next."""
        self.sent.clear()
        while not (seconds := self.tick()):
            pass
        return seconds


def test_a_clock_that_is_set_back_stops_no_rounds(tmp_path: Path, now: dt.datetime) -> None:
    """As it was found: beat that once ran an hour ahead was silent until its clock had caught up."""
    with time_machine.travel(now + dt.timedelta(hours=1), tick=False):
        beat = Recorder(tmp_path)
        beat.tick_all()
    with time_machine.travel(now + 6 * SECOND, tick=False):
        assert 0 < beat.tick_all() <= 5
        assert "due-jobs" in beat.sent
    with time_machine.travel(now + 12 * SECOND, tick=False):
        beat.tick_all()
        assert beat.sent == ["due-jobs"]
    beat.close()
    # Also over a restart: the times are kept in a file.
    with time_machine.travel(now - dt.timedelta(hours=1), tick=False):
        again = Recorder(tmp_path)
        again.tick_all()
        assert "due-jobs" in again.sent
        again.close()


def test_celery_ends_a_task_before_its_message_goes_to_another_worker() -> None:
    longest = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < longest
    assert app.conf.beat_scheduler == "rag_app.beat:SteadyScheduler"
