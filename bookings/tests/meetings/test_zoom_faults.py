"""Every way in which Zoom fails, over real sockets, at every move: callers are answered, and Zoom agrees in the end."""

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from django.core.management import call_command
from pytest_django import Settings

from bookings import zoom_client
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api
from bookings.tests.fault_parts import FAILED, FAULTS
from conftest import Client
from testing.zoom_server import OPERATIONS, Fault, Reply, ZoomServer, zoom_server

# What matters here is what Zoom does, and the order of our calls; claims and locks have tests of their own on both.
pytestmark = pytest.mark.once

# What the caller of the API may have to wait at most.
LONGEST_ANSWER_SECONDS = 15
# How long the client waits for an answer, and how long where none comes in time anyway.
PATIENT_SECONDS, IMPATIENT_SECONDS = 5, 0.3


class Move(NamedTuple):
    """A call of the API, the status it starts from, and its effect at Zoom."""

    path: str
    body: dict[str, Any]
    status_before: Status
    operation: str
    meeting_is_gone: bool = False


RESCHEDULE = {"start_time": "2025-01-15T14:00:00Z"}
MOVES = {
    "confirm": Move("confirm", {}, Status.PENDING, "create"),
    "cancel": Move("cancel", {"reason": "Schedule conflict"}, Status.CONFIRMED, "delete"),
    "reschedule": Move("reschedule", RESCHEDULE, Status.CONFIRMED, "update"),
    "reschedule, the meeting being gone": Move("reschedule", RESCHEDULE, Status.CONFIRMED, "create", True),
}


@pytest.fixture(scope="module")
def running() -> Iterator[ZoomServer]:
    with zoom_server() as server:
        yield server


@pytest.fixture
def zoom(running: ZoomServer, settings: Settings) -> Iterator[ZoomServer]:
    """Zoom behind a real port, and without meetings."""
    settings.ZOOM_EMBEDDED_SANDBOX, settings.ZOOM_TIMEOUT_SECONDS = False, PATIENT_SECONDS
    for name, value in running.environment.items():
        setattr(settings, name, value)
    zoom_client.client.cache_clear()
    running.meetings.clear()
    running.calls.clear()
    yield running
    running.recover()
    zoom_client.client.cache_clear()


Prepare = Callable[[Move], Booking]


@pytest.fixture
def prepared(pending: Booking, zoom: ZoomServer, api_for: Api) -> Prepare:
    """Brings Alice's booking to where the move begins, while Zoom works."""

    def prepare(move: Move) -> Booking:
        if move.status_before == Status.CONFIRMED:
            assert ask(api_for(pending.teacher), pending, MOVES["confirm"]).status_code == 200
            pending.refresh_from_db()
        if move.meeting_is_gone:
            zoom.meetings.clear()
        return pending

    return prepare


@contextlib.contextmanager
def failing(zoom: ZoomServer, fault: Fault, *operations: str) -> Iterator[None]:
    """While requests for these operations fail like this."""
    wire, seconds = zoom_client.client()._wire, IMPATIENT_SECONDS if fault.hangs else PATIENT_SECONDS
    zoom.fail(fault, *operations)
    with patch.object(wire, "timeout_seconds", seconds):
        yield
    zoom.recover()


def ask(client: Client, booking: Booking, move: Move) -> Any:
    """The answer, which came in time."""
    started = time.perf_counter()
    answer = client.post(f"{BOOKINGS}{booking.id}/{move.path}/", move.body)
    assert time.perf_counter() - started < LONGEST_ANSWER_SECONDS
    return answer


def assert_told_as_it_is(answer: Any, booking: Booking, move: Move) -> None:
    """The answer is the move's own or says what Zoom failed at, and the row says the same."""
    booking.refresh_from_db()
    if move.path != "confirm":
        expected = Status.CANCELLED if move.path == "cancel" else Status.CONFIRMED
        assert (answer.status_code, booking.status) == (200, expected)
    elif answer.status_code == 200:
        assert booking.status == Status.CONFIRMED
        assert answer.json()["zoom_info"]["meeting_id"] == booking.zoom_meeting_id
    else:
        assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
        assert answer.json()["error"].startswith(FAILED)
        assert (booking.status, booking.zoom_meeting_id, booking.zoom_join_url) == (Status.PENDING, None, None)


def assert_zoom_agrees(zoom: ZoomServer) -> None:
    """Each confirmed booking has exactly one meeting, at its own time, and there is no other."""
    confirmed = Booking.objects.filter(status=Status.CONFIRMED)
    expected = {booking.zoom_meeting_id: (booking.start_time, booking.duration_minutes) for booking in confirmed}
    meetings = zoom.meetings.items()
    assert {
        str(number): (dt.datetime.fromisoformat(meeting["start_time"]), meeting["duration"])
        for number, meeting in meetings
    } == expected
    assert not Booking.objects.exclude(status=Status.CONFIRMED).filter(zoom_meeting_id__isnull=False).exists()


def assert_all_can_be_confirmed(zoom: ZoomServer, api_for: Api) -> None:
    """No failure leaves a request behind that cannot be confirmed any more."""
    for booking in Booking.objects.filter(status=Status.PENDING):
        assert ask(api_for(booking.teacher), booking, MOVES["confirm"]).status_code == 200
    assert_zoom_agrees(zoom)


def work() -> None:
    call_command("run_due_jobs", ignore_backoff=True)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_whatever_fails_the_caller_is_told_and_zoom_agrees_in_the_end(
    move: Move, fault: Fault, prepared: Prepare, zoom: ZoomServer, api_for: Api
) -> None:
    booking = prepared(move)
    with failing(zoom, fault, move.operation):
        answer = ask(api_for(booking.teacher), booking, move)
    assert_told_as_it_is(answer, booking, move)
    work()
    assert_zoom_agrees(zoom)
    assert_all_can_be_confirmed(zoom, api_for)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_worker_that_meets_the_same_at_every_request_does_no_harm(
    move: Move, fault: Fault, prepared: Prepare, zoom: ZoomServer, api_for: Api
) -> None:
    booking = prepared(move)
    with failing(zoom, fault, *OPERATIONS[1:]):
        assert_told_as_it_is(ask(api_for(booking.teacher), booking, move), booking, move)
        work()
    work()
    assert_zoom_agrees(zoom)
    assert_all_can_be_confirmed(zoom, api_for)


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_an_expired_token_is_replaced_and_nobody_notices(
    move: Move, prepared: Prepare, zoom: ZoomServer, api_for: Api
) -> None:
    booking = prepared(move)
    work()
    zoom.forget_tokens()
    assert ask(api_for(booking.teacher), booking, move).status_code == 200
    assert_zoom_agrees(zoom)


@pytest.mark.parametrize(
    "fault", [Fault(Reply(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})), Fault()]
)
@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_without_a_token_the_caller_is_told_and_nothing_is_asked_of_zoom(
    move: Move, fault: Fault, prepared: Prepare, zoom: ZoomServer, api_for: Api
) -> None:
    booking = prepared(move)
    zoom_client.client.cache_clear()
    zoom.fail(fault, "token")
    before = dict(zoom.meetings)
    assert_told_as_it_is(ask(api_for(booking.teacher), booking, move), booking, move)
    assert zoom.meetings == before
    zoom.recover()
    work()
    assert_zoom_agrees(zoom)


@pytest.mark.parametrize("move", [MOVES["cancel"], MOVES["reschedule"]], ids=["cancel", "reschedule"])
def test_a_meeting_that_zoom_does_not_know_any_more_is_no_failure(
    move: Move, prepared: Prepare, zoom: ZoomServer, api_for: Api
) -> None:
    booking = prepared(move)
    zoom.meetings.clear()
    assert_told_as_it_is(ask(api_for(booking.teacher), booking, move), booking, move)
    assert_zoom_agrees(zoom)


def test_a_meeting_of_somebody_else_is_never_touched(prepared: Prepare, zoom: ZoomServer, api_for: Api) -> None:
    booking = prepared(MOVES["confirm"])
    stranger = zoom.meetings.add(agenda=f"See {booking.id}")
    as_it_was = dict(zoom.meetings[stranger])
    zoom.fail(FAULTS["dropped after the work"], "create")
    ask(api_for(booking.teacher), booking, MOVES["confirm"])
    zoom.recover()
    work()
    assert zoom.meetings == {stranger: as_it_was}
