"""Celery as it is deployed: a real Redis, real workers, and what happens without them."""

import base64
import contextlib
import datetime as dt
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from redis import Redis

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings import tasks
from bookings.factories import make_booking
from bookings.models import Booking, BookingChange, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS
from bookings.tests.process_parts import START, assert_zoom_agrees, cancelled_unnoticed
from bookings.tests.system.celery_parts import LABEL, LONG_AGO, beat, celery, send
from outbox import clock
from outbox.rounds import SENT_AT
from outbox.tasks import deliver
from rag_app.celery import app
from scripts.with_postgres import free_port
from testing.processes import until
from testing.site import Site
from testing.web_server import Request, Server
from testing.zoom_server import Hold

pytestmark = pytest.mark.production

QUEUE = "celery"


def confirmed(server: Server) -> Booking:
    booking = make_booking(make_student(), make_teacher(), start=START)
    post(server, booking, "confirm")
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    return booking


def post(server: Server, booking: Booking, move: str) -> float:
    """Makes the move over HTTP; the seconds that it took."""
    started = time.monotonic()
    [answer] = server.post_at_once([Request(mint(user_id=booking.teacher_id), f"{BOOKINGS}{booking.id}/{move}/")])
    assert answer.status == 200
    return time.monotonic() - started


def only_message(broker: str) -> str:
    """Return the only message of the queue, unparsed."""
    with Redis.from_url(broker, decode_responses=True) as redis:
        [raw] = redis.lrange(QUEUE, 0, -1)
    return str(raw)


def test_a_worker_deletes_the_meeting_of_a_cancelled_booking(here: Site, broker: str) -> None:
    with here.web(CELERY_BROKER_URL=broker) as server, celery(here, broker, "one"):
        booking = confirmed(server)
        token_of_the_server = here.zoom.calls[-1].token
        post(server, booking, "cancel")
        until(lambda: not MeetingSync.objects.open().exists())

    [delete] = [call for call in here.zoom.calls if call.operation == "delete"]
    assert delete.target == booking.zoom_meeting_id
    assert delete.token != token_of_the_server
    assert_zoom_agrees(here)


def test_two_workers_share_the_events_and_do_each_once(here: Site, broker: str) -> None:
    numbers = cancelled_unnoticed(here, 50)
    # Held until both have begun, so that neither does all.
    here.zoom.before["delete"] = hold = Hold()
    with celery(here, broker, "one"), celery(here, broker, "two"), app.connection(broker) as connection:
        producer = app.amqp.Producer(connection)
        for event_id in MeetingSync.objects.values_list("pk", flat=True):
            for _ in range(2):  # told twice, as a broker may
                deliver.apply_async((LABEL, event_id), producer=producer)
        until(lambda: here.zoom.count("delete") == 2)
        hold.release()
        until(lambda: not MeetingSync.objects.open().exists())

    deletes = [call for call in here.zoom.calls if call.operation == "delete"]
    assert sorted(int(call.target) for call in deletes) == sorted(numbers)
    assert len({call.token for call in deletes}) == 2
    assert_zoom_agrees(here)


@contextlib.contextmanager
def gone() -> Iterator[int]:
    yield free_port()


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """Takes connections and says nothing, ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


# A broker that keeps silent is given five seconds (CELERY_BROKER_TRANSPORT_OPTIONS).
@pytest.mark.parametrize(("no_broker", "most"), [(gone, 5), (silent, 8)])
def test_without_a_broker_the_caller_is_answered_and_the_next_round_delivers(
    no_broker: Callable[[], AbstractContextManager[int]], most: int, here: Site
) -> None:
    with no_broker() as port, here.web(CELERY_BROKER_URL=f"redis://127.0.0.1:{port}/0") as server:
        booking = confirmed(server)
        seconds = post(server, booking, "cancel")
    assert seconds < most
    assert here.zoom.count("delete") == 0
    here.work()
    assert not MeetingSync.objects.open().exists()
    assert_zoom_agrees(here)


def test_a_message_contains_only_the_kind_and_number_of_the_event(here: Site, broker: str) -> None:
    with here.web(CELERY_BROKER_URL=broker) as server:
        booking = confirmed(server)
        post(server, booking, "cancel")
    event = MeetingSync.objects.get(booking=booking, done_at=None)
    raw = only_message(broker)
    args, kwargs, _ = json.loads(base64.b64decode(json.loads(raw)["body"]))
    assert (args, kwargs) == ([LABEL, event.pk], {})
    booking.refresh_from_db()
    secrets = [booking.zoom_password, booking.zoom_join_url, booking.teacher.email, str(booking.id)]
    assert not [secret for secret in secrets if secret and secret in raw]


def test_a_round_says_when_it_was_sent_so_that_a_late_one_can_be_discarded(here: Site, broker: str) -> None:
    send(broker, tasks.run_due_jobs)
    sent_at = dt.datetime.fromisoformat(json.loads(only_message(broker))["headers"][SENT_AT])
    assert dt.timedelta() <= clock.now() - sent_at < dt.timedelta(minutes=1)


def test_beat_alone_starts_everything_that_is_due(here: Site, broker: str, tmp_path: Path) -> None:
    cancelled_unnoticed(here, 1)
    unanswered = make_booking(make_student(), make_teacher(), start=LONG_AGO)
    with celery(here, broker, "one"), beat(here, broker, tmp_path / "one"):
        until(lambda: not MeetingSync.objects.open().exists())
        until(lambda: not Booking.objects.filter(status=Status.PENDING).exists())
    unanswered.refresh_from_db()
    assert (unanswered.status, unanswered.cancellation_reason) == (Status.CANCELLED, "Not answered before its start")
    assert BookingChange.objects.get(booking=unanswered, move="cancel").by is None
    assert here.zoom.count("delete") == 1
    assert_zoom_agrees(here)


def test_two_clocks_at_once_have_each_event_done_once(here: Site, broker: str, tmp_path: Path) -> None:
    numbers = cancelled_unnoticed(here, 20)
    # Held until a round of each clock is under way.
    here.zoom.before["delete"] = hold = Hold()
    with contextlib.ExitStack() as stack:
        for name in ("one", "two"):
            stack.enter_context(celery(here, broker, name))
            stack.enter_context(beat(here, broker, tmp_path / name))
        redis = stack.enter_context(Redis.from_url(broker))
        until(lambda: here.zoom.count("delete") == 2)
        # The last process to have put a message into the queue is beat: workers take messages out.
        until(lambda: [client["cmd"] for client in redis.client_list()].count("lpush") == 2)
        hold.release()
        until(lambda: not MeetingSync.objects.open().exists())
    assert sorted(int(call.target) for call in here.zoom.calls if call.operation == "delete") == sorted(numbers)
    assert_zoom_agrees(here)
