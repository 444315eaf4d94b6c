"""A mail server that accepts connections and never says a word: requests that write mail are answered all the same."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.tests.conftest import BOOKINGS
from bookings.tests.process_parts import START
from bookings.tests.system.celery_parts import beat, celery
from notifications.models import Message
from testing.processes import until
from testing.redis import redis_server
from testing.silent_server import SilentServer, silent_server
from testing.site import Site, site
from testing.web_server import Request, Server

pytestmark = pytest.mark.production

Running = Callable[[Site], AbstractContextManager[Server]]


@pytest.fixture
def mail() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


@pytest.fixture
def here(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    mail: SilentServer,
) -> Iterator[Site]:
    with django_db_blocker.unblock(), site(tmp_path_factory.mktemp("dead")) as installed:
        yield installed._replace(environment=installed.environment | {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"})


@contextlib.contextmanager
def without_a_broker(here: Site) -> Iterator[Server]:
    """A thread of the web process tells Zoom, and one worker does all that is due."""
    with here.web() as server, here.worker("--loop"):
        yield server


@contextlib.contextmanager
def with_a_broker(here: Site) -> Iterator[Server]:
    with (
        redis_server() as broker,
        here.web(CELERY_BROKER_URL=broker) as server,
        celery(here, broker, "one"),
        beat(here, broker, here.folder / "schedule"),
    ):
        yield server


def cancel(server: Server, booking: Booking) -> None:
    [answer] = server.post_at_once([Request(mint(user_id=booking.student_id), f"{BOOKINGS}{booking.id}/cancel/")])
    assert (answer.status, answer.body["booking"]["status"]) == (200, "CANCELLED")


@pytest.mark.slow
@pytest.mark.parametrize("running", [without_a_broker, with_a_broker])
def test_requests_are_answered_while_the_mail_server_hangs(running: Running, here: Site, mail: SilentServer) -> None:
    first, second = (
        make_booking(make_student(email="alice@example.com"), make_teacher(email="maria@example.com"), start=START)
        for _ in range(2)
    )
    with running(here) as server:
        cancel(server, first)
        assert mail.asked.wait(60)
        leased = Message.objects.open().filter(leased_until__gt=timezone.now())
        until(leased.exists)
        cancel(server, second)
        assert leased.exists(), "the worker still waits for the mail server"
        written = Message.objects.filter(booking=second, kind="cancelled")
        assert (written.count(), written.filter(sent_at=None, done_at=None).count()) == (2, 2)
        until(lambda: not MeetingSync.objects.open().exists())  # Zoom is told of both meanwhile or afterwards
    assert not Message.objects.exclude(sent_at=None).exists()
