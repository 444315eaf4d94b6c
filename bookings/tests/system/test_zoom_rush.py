"""A rush of moves through several web processes while Zoom is slow and fails: everybody gets a plain answer, and at the
end Zoom agrees with the bookings. Seeded; a history of one process in virtual time is in `testing.storm`.
"""

import contextlib
import datetime as dt
import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from unittest.mock import patch

import pytest

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS
from bookings.tests.fault_parts import FAILED, FAULTS
from bookings.tests.process_parts import assert_zoom_agrees, time_passes
from testing.processes import kill
from testing.site import Site
from testing.web_server import Answer, Request, Server, web_server
from testing.zoom_server import OPERATIONS, Call, Fault

pytestmark = pytest.mark.production

BOOKED = 20
HOUR = dt.timedelta(hours=1)
# Beyond the time limit of these processes, which is one second; what takes effect then does so unnoticed.
TOO_SLOW_SECONDS = 1.5
USUAL_SECONDS = 0.2
# Without permanent refusals: those stop until an operator retries them.
PROXY = FAULTS["a proxy's 200"]
BROKEN = [fault._replace(seconds=TOO_SLOW_SECONDS) for name, fault in FAULTS.items() if name not in ("400", "404")]


@pytest.fixture(scope="module")
def installed(installed: Site) -> Site:
    """The installation, without limits on requests, and with a second for each of Zoom's answers."""
    quick = {"ZOOM_TIMEOUT_SECONDS": "1", "THROTTLE_ENABLED": "false"}
    return installed._replace(environment=installed.environment | quick)


@pytest.fixture
def here(here: Site) -> Site:
    """The installation, with nothing booked. Each request takes Zoom a moment, so that they meet there."""
    here.zoom.before = dict.fromkeys(OPERATIONS, partial(threading.Event().wait, USUAL_SECONDS))
    return here


@contextlib.contextmanager
def several_processes(here: Site) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        with patch.dict(os.environ, here.environment | {"WEB_THREADS": "10"}):
            server = stack.enter_context(web_server(here.database_url, here.folder, workers=2, threads=10))
        yield server


class Rush:
    """Random faults. Which request meets which fault depends on the race."""

    def __init__(self, seed: int, here: Site) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # to be played again
        self.here = here
        self.faults = 0
        tomorrow = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0) + 24 * HOUR
        self.first_hour = tomorrow + 24 * HOUR
        self.teachers = [self._teacher(number) for number in range(5)]
        self.bookings = [self._booking(number) for number in range(BOOKED)]

    def fault(self, call: Call) -> Fault | None:
        if self.chance.random() > 0.35:
            return None
        self.faults += 1
        return self.chance.choice(BROKEN)

    def requests(self) -> list[Request]:
        """Five moves of each booking, in any order: all are confirmed or moved often, half of them called off."""
        moves = []
        for number, booking in enumerate(self.bookings):
            often = "confirm" if booking.status == Status.PENDING else "reschedule"
            paths = (often, often, often, "reschedule", ("cancel", often)[number % 2])
            moves += [self._move(booking, path, day) for day, path in enumerate(paths)]
        self.chance.shuffle(moves)
        return moves

    def _move(self, booking: Booking, path: str, day: int) -> Request:
        by = booking.teacher if path == "confirm" else self.chance.choice((booking.teacher, booking.student))
        # To the same hour of another day, or to one that its neighbour may take first.
        start = booking.start_time + (24 * day + self.chance.choice((0, 0, 5))) * HOUR
        body = {"start_time": start.isoformat()} if path == "reschedule" else {}
        return Request(mint(user_id=by.id), f"{BOOKINGS}{booking.id}/{path}/", body)

    def _teacher(self, number: int) -> User:
        teacher = make_teacher(zoom_host=f"teacher-{number}@example.com")
        for weekday in range(7):
            make_hours(teacher, day_of_week=weekday, start="00:00", end="00:00")
        return teacher

    def _booking(self, number: int) -> Booking:
        """Every other one is confirmed already, and has its meeting."""
        status = (Status.PENDING, Status.CONFIRMED)[number // 2 % 2]
        start = self.first_hour + number * HOUR
        booking = make_booking(make_student(), self.teachers[number % 5], start=start, status=status)
        if status == Status.CONFIRMED:
            meeting = self.here.zoom.meetings.add(agenda=f"{booking.id}", start_time=f"{start:%Y-%m-%dT%H:%M:%SZ}")
            booking.zoom_meeting_id = str(meeting)
            booking.save(update_fields=["zoom_meeting_id"])
        return booking


def is_plain(answer: Answer) -> bool:
    """Return True for success, a refusal, Zoom's failure with its reason, or busy: the only possible responses."""
    if answer.status == 500:
        return str(answer.body["error"]).startswith(FAILED)
    return answer.status in (200, 400, 503)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_rush_each_confirmed_booking_has_its_one_meeting_and_nobody_else_has_any(seed: int, here: Site) -> None:
    rush = Rush(seed, here)
    requests = rush.requests()
    with several_processes(here) as server:
        here.zoom.fail_by(rush.fault)
        with here.worker("--loop") as killed:
            answers = server.post_at_once(requests[::2])
            kill(killed)
        with here.worker("--loop"):
            answers += server.post_at_once(requests[1::2])
    here.zoom.recover()
    here.zoom.before.clear()
    told = Counter(answer.status for answer in answers)
    at_zoom = f"{len(here.zoom.calls)} requests to Zoom, {here.zoom.most_at_once} at once"
    sys.stdout.write(f"\n{told}, {at_zoom}, {rush.faults} faults\n")

    assert [answer for answer in answers if not is_plain(answer)] == []
    assert here.zoom.most_at_once >= 2
    assert rush.faults
    time_passes()
    here.work()
    assert_zoom_agrees(here)
    assert not MeetingSync.objects.open().exclude(leased_until=None).exists()
    assert Booking.objects.filter(status=Status.CONFIRMED).exists()


def test_meetings_that_are_wiped_at_zoom_are_made_again_though_a_proxy_answers_for_it(here: Site) -> None:
    rush = Rush(4, here)
    with several_processes(here) as server:
        server.post_at_once(rush.requests())
    here.zoom.before.clear()
    here.zoom.meetings.clear()
    here.zoom.fail(PROXY, "create", "update", "delete")
    here.repair()
    assert here.zoom.meetings == {}
    here.zoom.recover()
    here.repair()
    assert_zoom_agrees(here)
    assert len(here.zoom.meetings) == Booking.objects.filter(status=Status.CONFIRMED).count() > 0
