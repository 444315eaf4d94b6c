"""Told to stop, web server and Celery's worker finish what they are at, and what was asked of them is not lost."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS
from bookings.tests.process_parts import START, assert_zoom_agrees
from testing.processes import PATIENCE_SECONDS, python, until
from testing.redis import redis_server
from testing.site import site
from testing.web_server import Server
from testing.zoom_server import Hold

pytestmark = pytest.mark.production


def post(server: Server, booking: Booking, move: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {mint(user_id=booking.teacher_id)}", "X-Request-ID": f"asked-to-{move}"}
    address = f"http://127.0.0.1:{server.port}{BOOKINGS}{booking.id}/{move}/"
    return requests.post(address, json={}, headers=headers, timeout=PATIENCE_SECONDS)


def test_a_confirmation_in_progress_is_answered_before_the_server_stops(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), site(tmp_path) as here, ThreadPoolExecutor(1) as caller:
        booking = make_booking(make_student(), make_teacher(), start=START)
        here.zoom.after["create"] = hold = Hold()
        with here.web() as server:
            answer = caller.submit(post, server, booking, "confirm")
            assert hold.reached.wait(30)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "Shutting down granian" in server.log.read_text())
            assert server.process.poll() is None
            hold.release()
            assert answer.result().status_code == 200
            assert server.process.wait(PATIENCE_SECONDS) == 0
        booking.refresh_from_db()
        assert booking.status == Status.CONFIRMED
        assert not MeetingSync.objects.open().exists()
        assert_zoom_agrees(here)


def test_a_delivery_in_progress_is_finished_before_the_server_stops(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), site(tmp_path) as here:
        booking = make_booking(make_student(), make_teacher(), start=START)
        here.zoom.before["delete"] = hold = Hold()
        with here.web() as server:
            assert post(server, booking, "confirm").status_code == 200
            assert post(server, booking, "cancel").status_code == 200
            assert hold.reached.wait(30)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "Stopping worker-1" in server.log.read_text())
            hold.release()
            assert server.process.wait(PATIENCE_SECONDS) == 0
        assert here.zoom.count("delete") == 1
        assert not MeetingSync.objects.open().exists()
        assert_zoom_agrees(here)


def test_a_delivery_in_progress_is_finished_before_celerys_worker_stops_and_keeps_its_request_id(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    worker = ("-m", "celery", "-A", "rag_app", "worker", "--concurrency", "1")
    with django_db_blocker.unblock(), site(tmp_path) as here, redis_server() as broker:
        booking = make_booking(make_student(), make_teacher(), start=START)
        environment = here.environment | {"CELERY_BROKER_URL": broker}
        with here.web(CELERY_BROKER_URL=broker) as server:
            assert post(server, booking, "confirm").status_code == 200
            assert post(server, booking, "cancel").status_code == 200
        here.zoom.before["delete"] = hold = Hold()
        with python(*worker, env=environment, log=here.log) as process:
            assert hold.reached.wait(30)
            process.send_signal(signal.SIGTERM)
            until(lambda: "Warm shutdown" in here.log.read_text())
            assert process.poll() is None
            hold.release()
            assert process.wait(PATIENCE_SECONDS) == 0
        assert here.zoom.count("delete") == 1
        assert not MeetingSync.objects.open().exists()
        assert_zoom_agrees(here)
        [line] = [line for line in here.log.read_text().splitlines() if "Zoom DELETE" in line]
        assert "[asked-to-cancel]" in line
