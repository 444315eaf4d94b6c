"""A database that an earlier version filled is migrated, keeps its rows, and its open events are delivered."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from bookings.models import Booking, MeetingSync
from bookings.states import Status
from testing.site import Site
from testing.web_server import connected_to, fresh_database
from testing.zoom_server import zoom_server

# The last state of the tables before the outbox row was renamed and got its moves.
BEFORE = [("accounts", "0003_failed_sign_ins"), ("bookings", "0003_words_of_the_admin")]
# Far enough ahead; the clock of the migrated installation's processes is the real one.
START = dt.datetime(2126, 1, 7, 10, tzinfo=dt.UTC)
HOUR, CREATED = dt.timedelta(hours=1), dt.datetime(2025, 1, 7, tzinfo=dt.UTC)


@pytest.fixture
def old(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """An installation whose tables are those of the earlier version."""
    with django_db_blocker.unblock(), zoom_server() as zoom, fresh_database(tmp_path) as url, connected_to(url):
        executor = MigrationExecutor(connection)
        executor.migrate(BEFORE)
        own = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "rag_app.settings", "ZOOM_TIMEOUT_SECONDS": "5"}
        yield Site(zoom, url, tmp_path, os.environ | own | zoom.environment)


def apps_before() -> Apps:
    return MigrationExecutor(connection).loader.project_state(BEFORE).apps


def fill(apps: Apps, number: int, *, status: str, start: dt.datetime, **event: Any) -> uuid.UUID:
    """A booking with a meeting at Zoom and an event of the outbox, as the earlier version wrote them."""
    user, booking = apps.get_model("accounts", "User"), apps.get_model("bookings", "Booking")
    ada, bea = (user.objects.create(id=uuid.uuid4(), role=role) for role in ("student", "teacher"))
    row = booking.objects.create(
        student=ada,
        teacher=bea,
        start_time=start,
        end_time=start + HOUR,
        blocked_until=start + HOUR,
        status=status,
        created_at=CREATED,
        zoom_meeting_id=str(number),
        zoom_host="me",
    )
    apps.get_model("bookings", "OutboxEvent").objects.create(
        booking=row, **{"created_at": CREATED, "due_at": CREATED} | event
    )
    return row.id  # type: ignore[no-any-return]  # a historical model


def test_open_events_of_the_earlier_version_survive_and_are_delivered(old: Site) -> None:
    moved, gone, stopped = (old.zoom.meetings.add(agenda="") for _ in range(3))
    apps = apps_before()
    to_move = fill(apps, moved, status=Status.CONFIRMED, start=START)
    fill(apps, gone, status=Status.CANCELLED, start=START, version=2)
    fill(apps, stopped, status=Status.CANCELLED, start=START, stopped_at=CREATED, refusals=3, last_error="No licence.")

    call_command("migrate", verbosity=0)

    assert MeetingSync.objects.open().count() == 3
    old.work()
    assert set(old.zoom.meetings) == {moved, stopped}
    assert old.zoom.meetings[moved]["start_time"] == "2126-01-07T10:00:00Z"
    assert Booking.objects.get(id=to_move).zoom_meeting_id == str(moved)
    kept = MeetingSync.objects.open().get()
    assert (kept.booking.zoom_meeting_id, kept.last_error) == (str(stopped), "No licence.")
