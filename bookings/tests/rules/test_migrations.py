"""Rows of the version before, once the migrations have run."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import StateApps
from pytest_django import DjangoDbBlocker

from bookings.models import Booking
from bookings.querysets import NextPosition
from testing.web_server import connected_to, migrated_database

BEFORE, AFTER = "0006_a_hosts_meetings_do_not_overlap", "0008_fill_in_versions_and_outcomes"
DAY = dt.timedelta(days=1)
MADE = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def migrate(name: str) -> StateApps:
    executor = MigrationExecutor(connection)
    executor.migrate([("bookings", name)])
    return executor.loader.project_state([("bookings", name)]).apps


@pytest.fixture
def before(tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[StateApps]:
    """The tables as they were, in a database of their own: each migration since then is undone."""
    with django_db_blocker.unblock(), migrated_database(tmp_path) as url, connected_to(url):
        yield migrate(BEFORE)


class OldRows:
    """Bookings as the version before wrote them, each with its history."""

    def __init__(self, apps: StateApps) -> None:
        self.user, self.booking = apps.get_model("accounts", "User"), apps.get_model("bookings", "Booking")
        self.change, self.count = apps.get_model("bookings", "BookingChange"), 0
        self.student, self.teacher, self.staff = (
            self.user.objects.create(id=uuid.uuid4(), email=f"{name}@example.com", is_superuser=name == "staff")
            for name in ("student", "teacher", "staff")
        )

    def make(self, status: str, *moves: tuple[str, Any]) -> uuid.UUID:
        self.count += 1
        start = MADE + self.count * DAY
        times = {"start_time": start, "end_time": start + DAY / 24, "blocked_until": start + DAY / 24}
        people = {"student": self.student, "teacher": self.teacher}
        booking = self.booking.objects.create(
            id=uuid.uuid4(), status=status, created_at=MADE, zoom_meeting_id=str(self.count), **times, **people
        )
        for number, (move, by) in enumerate(moves):
            moment = {"at": MADE + number * DAY, "to_start": start, "to_end": start + DAY / 24}
            self.change.objects.create(booking=booking, move=move, by=by, to_status=status, **moment)
        made: uuid.UUID = booking.id
        return made


def test_existing_rows_get_version_last_change_and_cancelled_by(before: StateApps) -> None:
    rows = OldRows(before)
    request = ("request", rows.student)
    ids = {
        "pending": rows.make("PENDING", request),
        "moved": rows.make("CONFIRMED", request, ("reschedule", rows.student), ("confirm", rows.teacher)),
        "over": rows.make("COMPLETED", request, ("confirm", rows.teacher), ("complete", None)),
        "student": rows.make("CANCELLED", request, ("cancel", rows.student)),
        "teacher": rows.make("CANCELLED", request, ("cancel", rows.teacher)),
        "staff": rows.make("CANCELLED", request, ("cancel", rows.staff)),
        "system": rows.make("CANCELLED", request, ("cancel", None)),
        "bare": rows.make("PENDING"),
    }
    last = rows.change.objects.latest("pk").pk

    migrated = migrate(AFTER).get_model("bookings", "Booking")

    found = {name: migrated.objects.get(id=booking_id) for name, booking_id in ids.items()}
    assert {name: row.version for name, row in found.items()} == {
        **dict.fromkeys(("pending", "bare"), 1),
        **dict.fromkeys(("student", "teacher", "staff", "system"), 2),
        **dict.fromkeys(("moved", "over"), 3),
    }
    assert all(row.created_at == MADE for row in found.values())
    assert all(row.updated_at == MADE + (row.version - 1) * DAY for row in found.values())
    assert {name: row.cancelled_by for name, row in found.items() if row.cancelled_by} == {
        name: name for name in ("student", "teacher", "staff", "system")
    }
    assert [name for name, row in found.items() if row.outcome] == ["over"]
    assert {row.awaits for row in found.values()} == {"teacher"}
    ordered = sorted(found, key=lambda name: found[name].feed_position)
    assert ordered == ["bare", "pending", "moved", "over", "student", "teacher", "staff", "system"]
    Booking.objects.filter(id=ids["bare"]).update(feed_position=NextPosition())
    assert Booking.objects.values_list("feed_position", flat=True).get(id=ids["bare"]) == last + 1
