"""Made-up requests to every operation of docs/openapi.yaml, right and wrong ones, against a running server.

schemathesis checks each answer: no 5xx, no status, header, content type or body that the document does not tell of,
nothing accepted that the document forbids, nothing served without a token. `schemathesis.toml` says what it may take
for granted; `make fuzz` tries harder.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import Model
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Availability, Booking, Feedback, TimeOff
from bookings.states import Status
from calendars import others
from calendars.models import OtherCalendar
from scripts.server import ROOT
from testing import fuzz_hooks
from testing.site import site
from testing.web_server import Server

pytestmark = pytest.mark.production

# Every boundary of every field takes half a minute: `make fuzz` has them, and CI runs it.
LIGHT = ("--max-examples", "5", "--phases", "examples,fuzzing,stateful")
EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
SEED = os.environ.get("FUZZ_SEED", "20250115")
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Server]:
    """The site as it is served; Zoom is on a port of this machine. Throttles would hide what is looked for."""
    with (
        django_db_blocker.unblock(),
        site(tmp_path_factory.mktemp("site")) as installation,
        installation.web(
            THROTTLE_ENABLED="false", MAX_PENDING_PER_STUDENT="0", ZOOM_WEBHOOK_SECRET_TOKEN=fuzz_hooks.SECRET
        ) as running,
    ):
        yield running


@pytest.fixture
def people(server: Server) -> tuple[User, User]:
    """A student and a teacher with bookings in every status, feedback, hours on every day and an absence."""
    student, teacher = make_student(), make_teacher()
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday, start="00:00", end="00:00")
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    for days, status in enumerate([*Status, *[Status.PENDING] * 5], start=2):
        make_booking(student, teacher, start=noon + days * DAY, status=status)
    for days, status in enumerate([Status.COMPLETED, Status.COMPLETED, Status.CONFIRMED, Status.CONFIRMED], start=2):
        make_booking(student, teacher, start=noon - days * DAY, status=status)
    make_feedback(make_booking(student, teacher, start=noon - 9 * DAY, status=Status.COMPLETED))
    TimeOff.objects.create(teacher=teacher, start_time=noon + 20 * DAY, end_time=noon + 21 * DAY)
    others.add(teacher=teacher, address="https://calendar.example.com/a.ics", name="", now=timezone.now())
    return student, teacher


@pytest.fixture
def configuration(people: tuple[User, User], tmp_path: Path) -> Path:
    """schemathesis.toml, and what it takes to get further than to 404: ids that exist, and dates in the coming days."""
    days = [f"{timezone.now().date() + number * DAY}" for number in range(1, 30)]
    models: list[type[Model]] = [Availability, Booking, Feedback, OtherCalendar, TimeOff]
    words = {
        "days": days,
        "hours": [f"{day}T{hour:02}:00:00Z" for day in days for hour in range(24)],
        "teachers": [str(people[1].pk)],
        "sessions": [str(pk) for pk in Booking.objects.filter(teacher=people[1]).values_list("pk", flat=True)],
        "rows": [str(pk) for model in models for pk in model._default_manager.values_list("pk", flat=True)],
    }
    used_by = {
        "days": ["query.date", "query.start_date", "query.end_date"],
        "hours": ["body.start_time", "body.end_time"],
        "teachers": ["query.teacher_id", "body.teacher_id"],
        "sessions": ["body.booking_id"],
        "rows": ["path.id"],
    }
    lines = [f"dictionaries.{name}.values = {json.dumps(values)}" for name, values in words.items()]
    lines += [
        f'parameters."{field}" = {{dictionary = "{name}", probability = 0.7}}'
        for name, fields in used_by.items()
        for field in fields
    ]
    path = tmp_path / "schemathesis.toml"
    path.write_text("\n".join([*lines, (ROOT / "schemathesis.toml").read_text()]))
    return path


def fuzz(server: Server, configuration: Path, caller: User | None) -> None:
    """Runs schemathesis as that caller. Fails with its report."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)]
    command += ["run", "docs/openapi.yaml", "--url", f"http://127.0.0.1:{server.port}"]
    command += ["--seed", SEED, *(("--max-examples", EXAMPLES) if EXAMPLES else LIGHT)]
    if caller is not None:
        command += ["--header", f"Authorization: Bearer {mint(user_id=caller.id)}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3600)
    assert done.returncode == 0, done.stdout + done.stderr + server.log.read_text()[-5000:]


@pytest.mark.parametrize("number", [pytest.param(0, id="student"), pytest.param(1, id="teacher")])
def test_a_caller_meets_nothing_that_the_document_does_not_tell(
    number: int, server: Server, configuration: Path, people: tuple[User, User]
) -> None:
    fuzz(server, configuration, people[number])


def test_nobody_without_a_token_gets_further_than_the_document_says(server: Server, configuration: Path) -> None:
    fuzz(server, configuration, None)
