"""rag_app.settings: what comes of a value, and of its absence in development."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from database.url import DEAD_PEER
from rag_app.tests.environments import DEVELOPMENT, PRODUCTION, PUBLISHED, read


def test_postgresql_keeps_its_connections() -> None:
    found = read(PRODUCTION)["DATABASES"]["default"]
    assert found["ENGINE"] == "database.postgresql"
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("booking", "booking", "pass/word")
    assert (found["HOST"], found["PORT"]) == ("db.example.com", 5433)
    assert found["OPTIONS"] == DEAD_PEER | {"sslmode": "require"}
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (None, True)


@pytest.mark.parametrize("url", ["", "sqlite:////data/db.sqlite3"])
def test_sqlite_locks_before_it_reads(url: str) -> None:
    found = read(DEVELOPMENT | {"DATABASE_URL": url})["DATABASES"]["default"]
    assert found["ENGINE"] == "database.sqlite"
    assert found["NAME"] == (url.removeprefix("sqlite:///") or f"{settings.BASE_DIR}/db.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_development_needs_nothing() -> None:
    found = read(DEVELOPMENT)
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert found["SUPABASE_JWT_SECRET"] == PUBLISHED[0]
    assert found["ZOOM_EMBEDDED_SANDBOX"] is True
    assert "zoom_sandbox" in found["INSTALLED_APPS"]
    assert (found["SECURE_SSL_REDIRECT"], found["SECURE_HSTS_SECONDS"]) == (False, 0)
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"]) == (False, False)


def test_development_with_a_supabase_project_accepts_only_its_keys() -> None:
    assert read(DEVELOPMENT | {"SUPABASE_URL": "http://127.0.0.1:54321"})["SUPABASE_JWT_SECRET"] == ""


def test_development_with_a_zoom_key_talks_to_zoom() -> None:
    keys = {"ZOOM_API_KEY": "key", "ZOOM_API_SECRET": "secret"}
    assert read(DEVELOPMENT | keys)["ZOOM_EMBEDDED_SANDBOX"] is False


def test_hsts_may_exclude_subdomains() -> None:
    found = read(PRODUCTION | {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "false"})
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert (found["SECURE_HSTS_INCLUDE_SUBDOMAINS"], found["SECURE_HSTS_PRELOAD"]) == (False, False)


@pytest.mark.parametrize("host", ["*", ".example.com", "Booking.example.com", "10.0.0.7", "[::1]", "a_b-c"])
def test_hosts_may_have_several_forms(host: str) -> None:
    assert read(PRODUCTION | {"ALLOWED_HOSTS": host})["ALLOWED_HOSTS"] == [host]


@pytest.mark.parametrize(
    "url", ["redis://:p%40ss@redis:6379/0", "rediss://redis", "unix:///run/redis.sock", "amqp://guest:guest@mq:5672//"]
)
def test_a_broker_may_be_redis_or_another(url: str) -> None:
    assert read(PRODUCTION | {"CELERY_BROKER_URL": url})["CELERY_BROKER_URL"] == url


def test_a_pasted_token_is_kept_in_development_only() -> None:
    kept = [
        read(environment)["SPECTACULAR_SETTINGS"]["SWAGGER_UI_SETTINGS"]["persistAuthorization"]
        for environment in (DEVELOPMENT, PRODUCTION)
    ]
    assert kept == [True, False]


@pytest.mark.parametrize("word", ["true", "TRUE", " yes ", "1", "on"])
def test_true_has_several_spellings(word: str) -> None:
    assert read({"DEBUG": word})["DEBUG"] is True


@pytest.mark.parametrize("word", ["false", "No", "0", "off", "", " "])
def test_false_has_several_spellings(word: str) -> None:
    assert read(PRODUCTION | {"DEBUG": word})["DEBUG"] is False


def test_pages_may_come_from_several_origins() -> None:
    origins = "https://app.example.com, http://localhost:5173,http://[::1]:3000,capacitor://localhost"
    found = read(PRODUCTION | {"CORS_ALLOWED_ORIGINS": origins})["CORS_ALLOWED_ORIGINS"]
    assert found == origins.replace(" ", "").split(",")


def test_an_env_file_is_read_and_the_shell_takes_precedence(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("DEBUG=true\nALLOWED_HOSTS=a.example, b.example\nZOOM_TIMEOUT_SECONDS=3\n")
    found = read({"ENV_FILE": str(file), "ZOOM_TIMEOUT_SECONDS": "7"})
    assert (found["DEBUG"], found["ALLOWED_HOSTS"]) == (True, ["a.example", "b.example"])
    assert found["ZOOM_TIMEOUT_SECONDS"] == 7


def test_a_folder_of_metrics_that_cannot_be_written_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = PRODUCTION | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    assert read(measured)["PROMETHEUS_MULTIPROC_DIR"] == str(tmp_path)
    # Root may write everywhere, so the answer of the system is replaced.
    monkeypatch.setattr("os.access", lambda path, mode: path != str(tmp_path) or not mode & os.W_OK)
    with pytest.raises(ImproperlyConfigured, match=r"PROMETHEUS_MULTIPROC_DIR must be a folder .* may write to"):
        read(measured)
