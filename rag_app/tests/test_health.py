"""/healthz and /readyz: who is asked, what is told, and that nothing keeps a probe waiting."""

import contextlib
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from accounts.authentication import tokens
from bookings import jobs
from rag_app.operations import health
from rag_app.operations.health import FAILED, OFF, OK, Migrations, Readiness
from scripts.with_postgres import free_port

SECRET = "postgresql://user:hunter2@db.internal"


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """Nothing is known of before, or left for later."""
    readiness = health.readiness
    readiness.cache_clear()
    yield
    readiness.cache_clear()


def fine() -> str:
    return OK


def broken() -> str:
    raise OperationalError(SECRET)


# --- The addresses ---


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
@pytest.mark.django_db(transaction=True)
def test_a_probe_needs_no_host_name_and_no_https(address: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(address, headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_it_is_ready_with_a_migrated_database_and_nothing_else() -> None:
    found = Client().get("/readyz")
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-store")
    disk = OK if connection.vendor == "sqlite" else OFF
    assert found.json() == {
        "status": "ready",
        "checks": {
            "database": OK,
            "migrations": OK,
            "disk": disk,
            "broker": OFF,
            "redis": OFF,
            "due_jobs": OFF,
            "signing_keys": OFF,
        },
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("free", "status"), [(health.LEAST_FREE_BYTES, 200), (health.LEAST_FREE_BYTES - 1, 503)])
def test_a_disk_without_room_makes_it_unready(
    free: int, status: int, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.PROMETHEUS_MULTIPROC_DIR = str(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: mock.Mock(free=free))
    found = Client().get("/readyz")
    assert (found.status_code, found.json()["checks"]["disk"]) == (status, OK if status == 200 else FAILED)


def test_only_folders_that_requests_write_to_are_looked_at(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk_usage = mock.Mock(return_value=mock.Mock(free=10**12))
    monkeypatch.setattr(shutil, "disk_usage", disk_usage)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "missing.sqlite3"))
    assert health.disk() == OFF
    settings.PROMETHEUS_MULTIPROC_DIR = str(tmp_path)
    assert health.disk() == OK
    disk_usage.assert_called_once_with(str(tmp_path))


def test_the_liveness_check_uses_no_service() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_an_unreachable_database_is_reported_without_its_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "database", broken)
    monkeypatch.setattr(health, "Migrations", lambda: fine)
    found = Client().get("/readyz")
    assert (found.status_code, found.headers["Cache-Control"]) == (503, "no-store")
    assert (found.json()["status"], found.json()["checks"]["database"]) == ("unready", FAILED)
    assert "Not ready: database fails with OperationalError." in caplog.text
    assert "hunter2" not in found.content.decode() + caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_broker_is_reported_as_degraded(settings: Settings) -> None:
    from rag_app.celery import app

    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.conf, "broker_url", settings.CELERY_BROKER_URL)
        found = Client().get("/readyz")
    assert found.status_code == 200
    assert (found.json()["status"], found.json()["checks"]["broker"]) == ("degraded", FAILED)


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_redis_is_reported_as_degraded(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    found = Client().get("/readyz")
    assert (found.status_code, found.json()["checks"]["redis"]) == (200, FAILED)


@pytest.mark.parametrize(("seconds", "word"), [(None, FAILED), (0, OK), (120, OK), (121, FAILED)])
@pytest.mark.django_db(transaction=True)
def test_a_dead_beat_or_worker_is_reported(seconds: int | None, word: str, now: dt.datetime) -> None:
    if seconds is not None:
        jobs.run_all(lambda: now - dt.timedelta(seconds=seconds))
    assert health.due_jobs() == word


@pytest.mark.django_db(transaction=True)
def test_due_jobs_are_not_vital(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = "redis://redis.example/0"
    monkeypatch.setattr(health, "broker", fine)
    found = Client().get("/readyz")
    assert (found.status_code, found.json()["status"]) == (200, "degraded")
    assert found.json()["checks"]["due_jobs"] == FAILED


def test_the_state_of_the_keys_is_reported_without_fetching_them(settings: Settings) -> None:
    settings.SUPABASE_URL = "https://project.supabase.co"
    tokens.verifier.cache_clear()
    try:
        assert health.signing_keys() == "unused"  # a fetch would leave this machine, which tests may not
    finally:
        tokens.verifier.cache_clear()


# --- The checks themselves ---


@pytest.mark.django_db(transaction=True)
def test_a_missing_migration_is_found_and_a_complete_state_is_cached() -> None:
    rows = MigrationRecorder(connection).migration_qs
    last = rows.filter(app="bookings").latest("pk")
    check = Migrations()
    rows.filter(pk=last.pk).delete()
    try:
        assert check() == FAILED
    finally:
        last.save(force_insert=True)
    assert check() == OK
    with _no_database():
        assert check() == OK


@contextlib.contextmanager
def _no_database() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("The database was asked.")

    with connection.execute_wrapper(refuse):
        yield


def test_an_answer_is_json_without_a_host_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = dict.fromkeys(("database", "migrations", "broker", "redis", "due_jobs", "signing_keys"), broken)
    monkeypatch.setattr(health, "readiness", lambda: Readiness(checks, vital=checks))
    found = Client().get("/readyz")
    assert json.loads(found.content) == {"status": "unready", "checks": dict.fromkeys(checks, FAILED)}
