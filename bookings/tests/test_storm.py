"""Zoom agrees with the bookings whatever fails: random histories, each by its seed.

STORM_HISTORIES plays so many instead of the suite's share; STORM_SEED plays one of them again alone.
"""

import os
import sys
import uuid

import pytest
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from bookings import meetings
from bookings.factories import make_hours
from testing import storm

HISTORIES = int(os.environ.get("STORM_HISTORIES", "60"))
SEEDS = [int(os.environ["STORM_SEED"])] if "STORM_SEED" in os.environ else range(HISTORIES)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(db: None) -> storm.People:
    teacher = make_teacher(first_name="Maria")
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday, start="00:00", end="00:00")
    return storm.People(make_student(first_name="Alice"), teacher)


def without_claim(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ZOOM_LEASE_SECONDS = 0


def without_marker(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "marker", lambda _: str(uuid.uuid4()))


def test_zoom_agrees_after_every_history(people: storm.People) -> None:
    total = storm.Outcome()
    for seed in SEEDS:
        total.add(storm.play(seed, people))
    sys.stdout.write(f"\n{total}\n")
    assert not total.wrong, "\n".join(total.wrong)


def test_without_the_claim_and_the_marker_histories_end_wrong(
    people: storm.People, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_claim(settings, monkeypatch)
    without_marker(settings, monkeypatch)
    assert any(storm.play(seed, people).wrong for seed in SEEDS)
