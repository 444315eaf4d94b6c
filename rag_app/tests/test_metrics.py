"""/metrics: closed without its token, open with it, and what is in it."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import InterfaceError, OperationalError
from django.test import Client
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, DjangoDbBlocker, Settings

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings import jobs
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from conftest import NOW
from notifications.kinds import Kind
from notifications.models import Message
from outbox import dispatch
from outbox.models import Heartbeat
from outbox.querysets import OutboxQuerySet
from rag_app.tests.metrics_parts import AUTHORISED, TOKEN
from testing.site import site

OUTBOXES = {
    "bookings.meetingsync",
    "notifications.message",
    "webhooks.delivery",
    "privacy.erasure",
    "calendars.othercalendar",
}


@pytest.fixture
def open_to_us(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def told(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests_counted(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("http_request_seconds_count", labels) or 0


# --- Access ---


@pytest.mark.parametrize("headers", [{}, AUTHORISED, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}])
def test_without_the_setting_the_page_is_404(headers: dict[str, str]) -> None:
    found = Client().get("/metrics", headers=headers)
    assert (found.status_code, found.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("open_to_us")
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, "ü"])
def test_without_the_token_it_is_refused(given: str) -> None:
    found = Client().get("/metrics", headers={"Authorization": given} if given else {})
    assert (found.status_code, found.json()["code"]) == (401, "not_authenticated")
    assert found.headers["WWW-Authenticate"] == "Bearer"
    assert set(found.json()) == {"error", "code"}


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us")
def test_the_token_is_accepted_for_any_host_name() -> None:
    found = Client().get("/metrics", headers=AUTHORISED | {"Host": "10.0.0.7:8000"})
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-store")
    assert found.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "process_start_time_seconds" in found.content.decode()


# --- Content ---


@pytest.mark.django_db
def test_requests_are_counted_by_their_pattern() -> None:
    booking = make_booking(make_student(), make_teacher(), start=NOW + dt.timedelta(days=3))
    before = requests_counted("GET", "none", "404"), set(series())
    headers = {"Authorization": f"Bearer {mint(user_id=booking.student_id)}"}
    assert Client().get(f"/api/bookings/bookings/{booking.id}/", headers=headers).status_code == 200
    Client().get("/a/made/up/address")
    assert requests_counted("GET", "none", "404") == before[0] + 1
    assert str(booking.id) not in repr(series())
    assert any("bookings/bookings/" in line and 'status="200"' in line for line in series())


def test_callers_cannot_create_new_series() -> None:
    for number in range(5):
        Client().generic(f"MADEUP{number}", f"/made-up-{number}", headers={"X-Requested-With": f"made-up-{number}"})
    assert not [line for line in series() if re.search("made.?up", line, re.IGNORECASE)]
    assert requests_counted("other", "none", "404") >= 5


def series() -> list[str]:
    return [line for line in generate_latest(REGISTRY).decode().splitlines() if line.startswith("http_")]


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us", "now")
def test_each_outbox_is_measured_in_one_query_plus_one_for_the_heartbeat(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    minute = dt.timedelta(minutes=1)
    student, teacher = make_student(), make_teacher()
    bookings: list[Booking] = [
        make_booking(student, teacher, start=NOW + dt.timedelta(days=3, hours=hour)) for hour in range(5)
    ]
    rows: list[tuple[Booking, dt.datetime, dict[str, Any]]] = [
        (bookings[0], NOW - 3 * minute, {}),
        (bookings[1], NOW - 1 * minute, {}),
        (bookings[2], NOW + 9 * minute, {"last_error": "Zoom is down."}),
        (bookings[3], NOW - 90 * minute, {"stopped_at": NOW, "last_error": "Zoom refused."}),
        (bookings[4], NOW - 99 * minute, {"done_at": NOW}),
    ]
    for booking, due, more in rows:
        MeetingSync.objects.create(booking=booking, created_at=NOW, due_at=due, **more)
    Message.objects.all().delete()
    for version, done_at in enumerate([None, NOW]):
        Message.objects.create(
            booking=bookings[0],
            kind=Kind.CONFIRMED,
            booking_version=version,
            created_at=NOW,
            due_at=NOW - 7 * minute,
            done_at=done_at,
        )
    with django_assert_num_queries(len(OUTBOXES) + 1):
        found = told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    assert backlog(found, "bookings.meetingsync") == [4, 1, 1, 180]
    assert backlog(found, "notifications.message") == [1, 0, 0, 420]
    assert backlog(found, "webhooks.delivery") == [0, 0, 0, 0]


def backlog(found: dict[tuple[str, frozenset[tuple[str, str]]], float], outbox: str) -> list[float]:
    names = ("open_events", "stopped_events", "failing_events", "oldest_due_seconds")
    return [found[f"outbox_{name}", frozenset({("outbox", outbox)})] for name in names]


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us")
def test_every_outbox_is_measured_and_an_empty_one_is_not_late() -> None:
    found = told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    assert {courier.model._meta.label_lower for courier in dispatch.couriers()} == OUTBOXES
    assert [backlog(found, outbox) for outbox in OUTBOXES] == [[0, 0, 0, 0]] * len(OUTBOXES)


def moves_counted(move: str) -> float:
    labels = {"outbox": "notifications.message", "move": move}
    return REGISTRY.get_sample_value("outbox_moves_total", labels) or 0


@pytest.mark.django_db
def test_moves_of_outboxes_are_counted_once_they_are_committed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    booking = make_booking(make_student(), make_teacher(), start=NOW + dt.timedelta(days=3))
    message = Message(booking=booking, kind=Kind.CONFIRMED, booking_version=1, created_at=NOW, due_at=NOW)
    before = {move: moves_counted(move) for move in ("claim", "postpone", "settle")}
    with django_capture_on_commit_callbacks(execute=True):
        message.claim(NOW, dt.timedelta(minutes=1))
        message.postpone(NOW, NOW, error="ConnectionRefusedError")
        claim = message.claim(NOW, dt.timedelta(minutes=1))
        message.settle(claim, NOW)
        assert {move: moves_counted(move) for move in before} == before
    assert {move: moves_counted(move) - old for move, old in before.items()} == {"claim": 2, "postpone": 1, "settle": 1}


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us", "now")
def test_the_age_of_the_last_round_is_shown_once_there_was_one() -> None:
    label = "due_jobs_last_round_seconds", frozenset[tuple[str, str]]()
    assert label not in told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    jobs.run_all(lambda: NOW - dt.timedelta(seconds=90))
    assert told(Client().get("/metrics", headers=AUTHORISED).content.decode())[label] == 90
    jobs.run_all(lambda: NOW - dt.timedelta(seconds=5))
    assert told(Client().get("/metrics", headers=AUTHORISED).content.decode())[label] == 5


@pytest.mark.usefixtures("open_to_us")
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_without_the_database_the_other_metrics_are_shown(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise kind("gone")

    monkeypatch.setattr(OutboxQuerySet, "backlog", gone)
    monkeypatch.setattr(Heartbeat, "age", gone)
    text = Client().get("/metrics", headers=AUTHORISED).content.decode()
    assert "http_request_seconds" in text
    assert "outbox_open_events" not in text
    assert "due_jobs_last_round_seconds" not in text


# --- Several processes ---


@pytest.mark.production
def test_the_processes_of_a_machine_are_added_up(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    counted = tmp_path / "counted"
    counted.mkdir()
    settings = {"METRICS_TOKEN": TOKEN, "PROMETHEUS_MULTIPROC_DIR": str(counted)}
    with django_db_blocker.unblock(), site(tmp_path) as installed:
        for times in (3, 4):  # a process, and the one after it
            with installed.web(**settings) as server:
                for _ in range(times):
                    assert requests.get(f"http://127.0.0.1:{server.port}/nothing", timeout=30).status_code == 404
                page = requests.get(f"http://127.0.0.1:{server.port}/metrics", headers=AUTHORISED, timeout=30).text
    label = frozenset({("method", "GET"), ("route", "none"), ("status", "404")})
    assert told(page)["http_request_seconds_count", label] == 7
    assert backlog(told(page), "bookings.meetingsync") == [0, 0, 0, 0]


# Docker mounted the folder for root alone at the second start, and nearly every request was answered 500.
@pytest.mark.production
def test_a_folder_that_cannot_be_written_fails_no_request(
    tmp_path: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    counted = tmp_path / "counted"
    counted.mkdir()
    with django_db_blocker.unblock(), site(tmp_path) as installed:
        with installed.web(PROMETHEUS_MULTIPROC_DIR=str(counted)) as server:
            counted.rmdir()
            assert requests.get(f"http://127.0.0.1:{server.port}/nothing", timeout=30).status_code == 404
        log = server.log.read_text()
    assert "A measurement was lost." in log
    assert "FileNotFoundError" in log
