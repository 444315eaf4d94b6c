"""Workers and servers as processes, and what is left when they are killed: real sockets, a real database, no mocks."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest
from django.db import transaction

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS
from bookings.tests.process_parts import START, assert_at_rest, assert_zoom_agrees, cancelled_unnoticed, time_passes
from testing.processes import kill, until
from testing.site import Site
from testing.web_server import Request, Server
from testing.zoom_server import Hold

pytestmark = pytest.mark.production

MANY = 200


# --- Setup ---


def pending() -> Booking:
    return make_booking(make_student(), make_teacher(), start=START)


def asks(booking: Booking, move: str) -> Request:
    return Request(mint(user_id=booking.teacher_id), f"{BOOKINGS}{booking.id}/{move}/")


def answer(server: Server, booking: Booking, move: str) -> int:
    [told] = server.post_at_once([asks(booking, move)])
    return told.status


# --- Workers ---


def test_two_workers_share_what_is_due_and_do_each_once(here: Site) -> None:
    numbers = cancelled_unnoticed(here, MANY)
    # Both have begun before either goes on: each has a token of its own.
    here.zoom.before["token"] = threading.Barrier(2, timeout=30).wait

    with here.worker() as one, here.worker() as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)

    deleted = [int(call.target) for call in here.zoom.calls if call.operation == "delete"]
    assert (len(deleted), set(deleted)) == (MANY, numbers)
    assert len({call.token for call in here.zoom.calls if call.operation == "delete"}) == 2
    assert not MeetingSync.objects.open().exists()
    assert_zoom_agrees(here)


def test_a_worker_that_stays_ends_cleanly_when_told(here: Site) -> None:
    cancelled_unnoticed(here, 1)
    with here.worker("--loop") as worker:
        until(lambda: not MeetingSync.objects.open().exists())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0
    assert_zoom_agrees(here)


def test_a_worker_told_to_stop_ends_after_the_current_row(here: Site) -> None:
    cancelled_unnoticed(here, 20)
    here.zoom.before["delete"] = hold = Hold()
    with here.worker("--loop") as worker:
        assert hold.reached.wait(30)
        worker.send_signal(signal.SIGTERM)
        hold.release()
        assert worker.wait(5) == 0
    assert here.zoom.count("delete") == 1
    assert MeetingSync.objects.open().count() == 19
    assert not MeetingSync.objects.open().exclude(leased_until=None).exists()
    here.work()
    assert_zoom_agrees(here)


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_worker_that_is_killed_leaves_its_work_to_the_next(point: str, here: Site) -> None:
    cancelled_unnoticed(here, 3)
    hold = Hold()
    getattr(here.zoom, point)["delete"] = hold
    with here.worker() as worker:
        assert hold.reached.wait(30)
        kill(worker)
    hold.release()
    here.zoom.recover()
    time_passes()
    here.work()
    assert_at_rest(here)


# --- A web server that is killed ---

KILLED_AT = {
    "before the call": ("before", "token"),
    "before the work at Zoom": ("before", "create"),
    "after the work at Zoom": ("after", "create"),
}


@contextlib.contextmanager
def asked(server: Server, booking: Booking, move: str) -> Iterator[None]:
    """While a caller waits for the response to a move, which never comes."""

    def wait_in_vain() -> None:
        with pytest.raises((ConnectionError, HTTPException)):
            answer(server, booking, move)

    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(wait_in_vain)
        yield
        waiting.result()


def assert_recovers(here: Site, booking: Booking) -> None:
    """After the worker's next round Zoom agrees, and the booking can be confirmed."""
    here.zoom.before.clear()
    here.zoom.after.clear()
    time_passes()
    here.work()
    assert_zoom_agrees(here)
    with here.web() as server:
        assert answer(server, booking, "confirm") == 200
    assert_zoom_agrees(here)
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


@pytest.mark.parametrize(("moment", "operation"), KILLED_AT.values(), ids=KILLED_AT)
def test_a_server_killed_while_it_confirms_leaves_no_meeting_and_no_booking_stuck(
    moment: str, operation: str, here: Site
) -> None:
    booking, hold = pending(), Hold()
    getattr(here.zoom, moment)[operation] = hold
    with here.web() as server, asked(server, booking, "confirm"):
        assert hold.reached.wait(30)
        server.kill()
        # Zoom carries out the request although nobody waits any more.
        hold.release()
        here.zoom.recover()
    booking.refresh_from_db()
    assert (booking.status, booking.zoom_meeting_id) == (Status.PENDING, None)
    assert_recovers(here, booking)


def test_a_server_killed_before_it_writes_the_meeting_down_leaves_no_meeting(here: Site) -> None:
    booking, hold = pending(), Hold()
    here.zoom.after["create"] = hold
    with here.web() as server, asked(server, booking, "confirm"):
        assert hold.reached.wait(30)
        with transaction.atomic():
            # The server has Zoom's answer, and waits for this row.
            Booking.objects.select_for_update().get(pk=booking.pk)
            hold.release()
            until(lambda: "Zoom POST /users/{}/meetings: 201" in server.log.read_text())
            server.kill()
    booking.refresh_from_db()
    assert (booking.status, booking.zoom_meeting_id) == (Status.PENDING, None)
    assert len([number for number, meeting in here.zoom.meetings.items() if str(booking.id) in meeting["agenda"]]) == 1
    assert_recovers(here, booking)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_server_killed_after_a_cancellation_leaves_the_rest_to_the_worker(moment: str, here: Site) -> None:
    booking, hold = pending(), Hold()
    getattr(here.zoom, moment)["delete"] = hold
    with here.web() as server:
        assert answer(server, booking, "confirm") == 200
        assert answer(server, booking, "cancel") == 200  # Zoom is told after the answer
        assert hold.reached.wait(30)
        server.kill()
        hold.release()
        here.zoom.recover()
    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    time_passes()
    here.work()
    assert_at_rest(here)
