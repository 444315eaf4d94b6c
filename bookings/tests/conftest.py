"""What the tests of bookings share; the people stand in the root's conftest.py."""

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
import responses
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from pytest_django import Settings

from accounts.models import User
from bookings import zoom_client
from bookings.constraints import violated
from bookings.models import Availability, Booking, BookingChange, Feedback, MeetingSync, TimeOff
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW, Client
from zoom_sandbox.models import SandboxMeeting

BOOKINGS = "/api/bookings/bookings/"

Api = Callable[[User | None], Client]


def at(time: str, *, day: int = 15) -> dt.datetime:
    """A time of January 2025 in UTC; the 15th is the Wednesday after the clock of these tests."""
    return dt.datetime.combine(dt.date(2025, 1, day), dt.time.fromisoformat(time), dt.UTC)


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that the API and Zoom's sandbox have stored."""
    with connection.cursor() as cursor:
        return {name: _found(cursor, statement) for name, statement in _statements().items()}


@functools.cache
def _statements() -> dict[str, str]:
    bookings: list[type[Model]] = [Availability, TimeOff, Booking, BookingChange, Feedback, MeetingSync]
    models: list[type[Model]] = [*bookings, SandboxMeeting]
    return {model.__name__: str(model._default_manager.order_by("pk").query) for model in models}


def _found(cursor: CursorWrapper, statement: str) -> list[dict[str, Any]]:
    cursor.execute(statement)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fails where the block leaves any row other than it was."""
    before = rows()
    yield
    assert rows() == before


@contextmanager
def full_disk(writer: Any, write: str) -> Iterator[None]:
    """Let this write fail. Fails itself where the block leaves any row other than it was."""
    with nothing_changes(), patch.object(writer, write, side_effect=RuntimeError("The disk is full")):
        yield


def refused(answer: Any, status: int, sentence: str, code: str) -> bool:
    """Whether the answer is this refusal, in the one shape that refusals have."""
    body = answer.json()
    return (answer.status_code, body["error"], body["code"], set(body) - {"details"}) == (
        status,
        sentence,
        code,
        {"error", "code"},
    )


@contextmanager
def refusing(constraint: str) -> Any:
    """The block is refused by this constraint, and leaves nothing behind."""
    with nothing_changes():
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            yield
        assert violated(caught.value, [constraint]), caught.value


def row(student: User, teacher: User, **changes: Any) -> Booking:
    """A booking for Wednesday at ten that was not written yet."""
    fields = {
        "student": student,
        "teacher": teacher,
        "start_time": at("10:00"),
        "end_time": at("11:00"),
        "blocked_until": at("11:00"),
        "created_at": NOW,
    }
    return Booking(**fields | changes)


def wish(teacher: User, start: str = "2025-01-15T10:00:00Z", **more: Any) -> dict[str, Any]:
    return {"teacher_id": str(teacher.id), "start_time": start, "duration": 60} | more


@pytest.fixture
def zoom(settings: Settings) -> Iterator[FakeZoom]:
    """Zoom in place of the sandbox, and it can be made to fail."""
    settings.ZOOM_EMBEDDED_SANDBOX = False
    settings.ZOOM_API_KEY, settings.ZOOM_API_SECRET = "an-api-key", "an-api-secret-of-more-than-32-characters"
    zoom_client.client.cache_clear()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield FakeZoom(mock)
    zoom_client.client.cache_clear()


@pytest.fixture
def meeting(pending: Booking, zoom: FakeZoom) -> Booking:
    """Alice's booking, confirmed; its meeting is at Zoom, and Zoom's record of calls begins afresh."""
    booking = confirm(pending)
    zoom.calls.clear()
    return booking
