"""/metrics: closed without its token, open with it, and what is in it."""

import datetime as dt
import re
from pathlib import Path

import pytest
import requests
from django.db import InterfaceError, OperationalError
from django.test import Client
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker, Settings

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from bookings import jobs
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.querysets import MeetingSyncQuerySet
from conftest import NOW
from outbox.models import Heartbeat
from testing.site import site

TOKEN = "a-token-of-at-least-32-characters-for-metrics"
AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


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
def test_without_the_setting_there_is_no_such_page(headers: dict[str, str]) -> None:
    found = Client().get("/metrics", headers=headers)
    assert (found.status_code, found.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("open_to_us")
@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, "ü"])
def test_without_the_token_it_is_closed(given: str) -> None:
    found = Client().get("/metrics", headers={"Authorization": given} if given else {})
    assert (found.status_code, found.json()["code"]) == (401, "not_authenticated")
    assert found.headers["WWW-Authenticate"] == "Bearer"
    assert set(found.json()) == {"error", "code"}


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us")
def test_whoever_has_it_needs_no_host_name() -> None:
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


def test_callers_cannot_make_up_series() -> None:
    for number in range(5):
        Client().generic(f"MADEUP{number}", f"/made-up-{number}", headers={"X-Requested-With": f"made-up-{number}"})
    assert not [line for line in series() if re.search("made.?up", line, re.IGNORECASE)]
    assert requests_counted("other", "none", "404") >= 5


def series() -> list[str]:
    return [line for line in generate_latest(REGISTRY).decode().splitlines() if line.startswith("http_")]


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us", "now")
def test_the_outbox_is_measured_as_it_is_now_in_one_query_beside_that_of_the_heartbeat(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    minute = dt.timedelta(minutes=1)
    student, teacher = make_student(), make_teacher()
    bookings: list[Booking] = [
        make_booking(student, teacher, start=NOW + dt.timedelta(days=3, hours=hour)) for hour in range(5)
    ]
    for booking, due, more in [
        (bookings[0], NOW - 3 * minute, {}),
        (bookings[1], NOW - 1 * minute, {}),
        (bookings[2], NOW + 9 * minute, {}),
        (bookings[3], NOW - 90 * minute, {"stopped_at": NOW}),
        (bookings[4], NOW - 99 * minute, {"done_at": NOW}),
    ]:
        MeetingSync.objects.create(booking=booking, created_at=NOW, due_at=due, **more)
    with django_assert_num_queries(2):
        found = told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    assert found["outbox_open_events", frozenset()] == 4
    assert found["outbox_stopped_events", frozenset()] == 1
    assert found["outbox_oldest_due_seconds", frozenset()] == 180


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us")
def test_an_empty_outbox_is_none_late() -> None:
    found = told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    names = ("outbox_open_events", "outbox_stopped_events", "outbox_oldest_due_seconds")
    assert [found[name, frozenset()] for name in names] == [0, 0, 0]


@pytest.mark.django_db
@pytest.mark.usefixtures("open_to_us", "now")
def test_the_age_of_the_last_round_is_told_once_there_was_one() -> None:
    label = "due_jobs_last_round_seconds", frozenset[tuple[str, str]]()
    assert label not in told(Client().get("/metrics", headers=AUTHORISED).content.decode())
    jobs.run_all(lambda: NOW - dt.timedelta(seconds=90))
    assert told(Client().get("/metrics", headers=AUTHORISED).content.decode())[label] == 90
    jobs.run_all(lambda: NOW - dt.timedelta(seconds=5))
    assert told(Client().get("/metrics", headers=AUTHORISED).content.decode())[label] == 5


@pytest.mark.usefixtures("open_to_us")
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_without_its_database_it_tells_the_rest(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise kind("gone")

    monkeypatch.setattr(MeetingSyncQuerySet, "backlog", gone)
    monkeypatch.setattr(Heartbeat, "age", gone)
    text = Client().get("/metrics", headers=AUTHORISED).content.decode()
    assert "http_request_seconds" in text
    assert "outbox_open_events" not in text
    assert "due_jobs_last_round_seconds" not in text


# --- Several processes ---


def test_the_processes_of_a_machine_are_added_up(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
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
    assert told(page)["outbox_open_events", frozenset()] == 0


# Docker mounted the folder for root alone at the second start, and nearly every request was answered 500.
def test_a_folder_that_cannot_be_written_fails_no_request(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    counted = tmp_path / "counted"
    counted.mkdir()
    with django_db_blocker.unblock(), site(tmp_path) as installed:
        with installed.web(PROMETHEUS_MULTIPROC_DIR=str(counted)) as server:
            counted.rmdir()
            assert requests.get(f"http://127.0.0.1:{server.port}/nothing", timeout=30).status_code == 404
        log = server.log.read_text()
    assert "A measurement was lost." in log
    assert "FileNotFoundError" in log
