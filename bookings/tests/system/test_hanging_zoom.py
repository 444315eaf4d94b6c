"""A Zoom that hangs or drips, over real sockets: it holds half of a server's threads, and for a time limit."""

import datetime as dt
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings.errors import Busy
from bookings.factories import make_booking, make_hours
from bookings.meetings.turns import Turns
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS
from bookings.tests.process_parts import START, assert_zoom_agrees, time_passes
from testing.processes import PATIENCE_SECONDS, until
from testing.site import Site
from testing.web_server import Request, Server
from testing.zoom_server import Fault, Reply

pytestmark = pytest.mark.production

HANGS = Fault(Reply(503), hangs=True)
DRIPS = Fault(drips=True)
# How long Zoom is waited for; and how long others of the same process may take meanwhile, on a busy machine.
ZOOM_SECONDS, SOON_SECONDS = 6, 5


@pytest.fixture(scope="module")
def installed(installed: Site) -> Site:
    """The installation, without limits on requests."""
    return installed._replace(environment=installed.environment | {"THROTTLE_ENABLED": "false"})


def booked(count: int, status: Status, here: Site) -> list[Booking]:
    teacher = make_teacher()
    hours = [START + number * dt.timedelta(hours=1) for number in range(count)]
    bookings = [make_booking(make_student(), teacher, start=hour, status=status) for hour in hours]
    for booking in bookings:
        if status == Status.CONFIRMED:
            start = f"{booking.start_time:%Y-%m-%dT%H:%M:%SZ}"
            booking.zoom_meeting_id = str(here.zoom.meetings.add(agenda=f"{booking.id}", start_time=start))
            booking.save(update_fields=["zoom_meeting_id"])
    return bookings


def ask(booking: Booking, move: str) -> Request:
    return Request(mint(user_id=booking.teacher_id), f"{BOOKINGS}{booking.id}/{move}/")


def seconds_of(server: Server, path: str) -> float:
    began = time.monotonic()
    assert requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=PATIENCE_SECONDS).status_code == 200
    return time.monotonic() - began


@pytest.mark.parametrize("fault", [HANGS, DRIPS], ids=["hangs", "drips"])
def test_twenty_confirmations_leave_the_server_to_everybody_else(fault: Fault, here: Site) -> None:
    """As it was found: they held all threads for ten seconds, `/healthz` included; dripping headers, for forty."""
    pending = booked(20, Status.PENDING, here)
    with here.web(ZOOM_TIMEOUT_SECONDS=f"{ZOOM_SECONDS}") as server, ThreadPoolExecutor(1) as caller:
        here.zoom.fail(fault, "create")
        began = time.monotonic()
        confirming = caller.submit(server.post_at_once, [ask(booking, "confirm") for booking in pending])
        until(lambda: here.zoom.count("create"))
        healthy = seconds_of(server, "/healthz")
        answers = Counter(answer.status for answer in confirming.result())
        seconds = time.monotonic() - began
        here.zoom.recover()
    assert healthy < SOON_SECONDS
    assert here.zoom.most_at_once <= 2
    # Two wait for Zoom, who is silent; most are told to come again.
    assert set(answers) == {500, 503}
    assert answers[503] >= 10
    assert seconds < ZOOM_SECONDS + 2 + SOON_SECONDS
    assert not Booking.objects.exclude(status=Status.PENDING).exists()


def test_cancelling_and_moving_do_not_wait_for_zoom(here: Site) -> None:
    *cancelled, moved = booked(12, Status.CONFIRMED, here)
    for weekday in range(7):
        make_hours(moved.teacher, day_of_week=weekday, start="00:00", end="00:00")
    tomorrow = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    start = {"start_time": tomorrow.isoformat()}
    moves = [ask(booking, "cancel") for booking in cancelled] + [ask(moved, "reschedule")._replace(body=start)]
    with here.web(ZOOM_TIMEOUT_SECONDS=f"{ZOOM_SECONDS}") as server:
        here.zoom.fail(HANGS, "delete", "update")
        began = time.monotonic()
        answers = Counter(answer.status for answer in server.post_at_once(moves))
        seconds = time.monotonic() - began
        # It is told after the answer, by a thread of the server.
        until(lambda: here.zoom.count("delete") + here.zoom.count("update"))
        here.zoom.recover()
    assert answers == {200: 12}
    assert seconds < SOON_SECONDS
    time_passes()
    here.work()
    assert_zoom_agrees(here)


def test_without_a_broker_the_server_calls_zoom_after_the_response(here: Site) -> None:
    [booking] = booked(1, Status.CONFIRMED, here)
    with here.web() as server:
        assert [answer.status for answer in server.post_at_once([ask(booking, "cancel")])] == [200]
        until(lambda: not here.zoom.meetings)
        until(lambda: not MeetingSync.objects.open().exists())
    assert_zoom_agrees(here)


def test_some_callers_wait_and_further_ones_are_refused() -> None:
    turns, inside, release = Turns(1, 1), threading.Event(), threading.Event()

    def hold() -> None:
        with turns.take():
            inside.set()
            release.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(5)
    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(hold)
        until(lambda: turns._line._value == 0)  # one waits
        with pytest.raises(Busy), turns.take():
            pass
        release.set()
        assert waiting.exception(5) is None
    holder.join()
