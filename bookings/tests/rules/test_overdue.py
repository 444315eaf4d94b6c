"""Moves made by time alone."""

import datetime as dt
import io

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.services import overdue
from bookings.states import Status

NOON = dt.datetime(2025, 1, 10, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def booking(start: dt.datetime, status: Status) -> Booking:
    return make_booking(make_student(), make_teacher(), start=start, status=status)


@pytest.mark.parametrize(("late", "ends"), [(-MINUTE, False), (0 * MINUTE, True), (MINUTE, True)])
def test_an_unanswered_request_ends_when_its_start_passes(late: dt.timedelta, ends: bool) -> None:
    asked = booking(NOON - late, Status.PENDING)
    assert overdue.cancel_unanswered(now=NOON) == ends
    asked.refresh_from_db()
    assert asked.status == (Status.CANCELLED if ends else Status.PENDING)


def test_an_expired_request_is_cancelled_by_the_system_with_a_reason() -> None:
    asked = booking(NOON - MINUTE, Status.PENDING)
    overdue.cancel_unanswered(now=NOON)
    change = asked.changes.last()
    assert change is not None
    assert (change.move, change.by, change.at, change.reason) == ("cancel", None, NOON, "Not answered before its start")


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.COMPLETED, Status.CANCELLED])
def test_only_unanswered_requests_end(status: Status) -> None:
    other = booking(NOON - 10 * MINUTE, status)
    assert overdue.cancel_unanswered(now=NOON) == 0
    other.refresh_from_db()
    assert other.status == status


@pytest.mark.parametrize(("since_end", "completed"), [(59, False), (60, True), (61, True)])
def test_a_finished_session_is_completed_an_hour_after_its_end(since_end: int, completed: bool) -> None:
    held = booking(NOON - (60 + since_end) * MINUTE, Status.CONFIRMED)
    assert overdue.complete_finished(now=NOON) == completed
    held.refresh_from_db()
    assert held.status == (Status.COMPLETED if completed else Status.CONFIRMED)


@pytest.mark.parametrize("status", [Status.PENDING, Status.COMPLETED, Status.CANCELLED])
def test_only_confirmed_sessions_are_completed(status: Status) -> None:
    other = booking(NOON - 300 * MINUTE, status)
    assert overdue.complete_finished(now=NOON) == 0
    other.refresh_from_db()
    assert other.status == status


def test_a_batch_takes_the_oldest_first() -> None:
    first, second = (booking(NOON - late * MINUTE, Status.PENDING) for late in (20, 10))
    assert overdue.cancel_unanswered(now=NOON, most=1) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.CANCELLED, Status.PENDING)


def test_a_booking_that_another_worker_has_moved_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = booking(NOON - MINUTE, Status.PENDING)
    overdue.cancel_unanswered(now=NOON)
    monkeypatch.setattr(overdue, "_some", lambda *_: [asked])
    assert overdue.cancel_unanswered(now=NOON) == 0
    assert asked.changes.filter(move="cancel").count() == 1


def test_run_due_jobs_does_both(settings: Settings) -> None:
    settings.KEEP_MESSAGES_DAYS = 0  # else those of that time are removed as well
    long_ago = dt.datetime(2025, 1, 6, 9, 0, tzinfo=dt.UTC)
    asked, held = booking(long_ago, Status.PENDING), booking(long_ago, Status.CONFIRMED)
    out = io.StringIO()
    call_command("run_due_jobs", stdout=out)
    assert out.getvalue() == "Done: 2.\n"
    asked.refresh_from_db()
    held.refresh_from_db()
    assert (asked.status, held.status) == (Status.CANCELLED, Status.COMPLETED)
