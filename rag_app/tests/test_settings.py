"""rag_app.settings under every environment: what stops the start, with which sentence, and what is there without."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rag_app.tests.environments import A_SECRET, DEVELOPMENT, PRODUCTION, PUBLISHED, read

NO_SECRET = "must be a secret of your own of at least 32 characters when DEBUG is off."
NO_HOSTS = [
    "https://booking.example.com",
    "booking.example.com:8000",
    "booking.example.com/path",
    "*.example.com",
    "booking..example.com",
    "[::1]:8000",
    "::1",
    "a b",
]
NO_REDIS = [
    "localhost:6379",
    "redis//localhost",
    "redis:localhost",
    "redis",
    "http://localhost",
    "redis://localhost:a/0",
]
NO_DSN = [
    "o1.ingest.sentry.io/1",
    "https://",
    "https://o1.ingest.sentry.io/1",
    "https://key@o1.ingest.sentry.io/project",
    "https://key@o1.ingest.sentry.io:port/1",
    "ftp://key@o1.ingest.sentry.io/1",
]
NO_ORIGINS = [
    "*",
    "null",
    "app.example.com",
    "https://",
    "https://*.example.com",
    "https://app.example.com/",
    "https://app.example.com/path",
    "https://app.example.com:port",
    "https://App.example.com",
    "https://user@app.example.com",
    "https://app.example.com?x",
    "https://a b",
]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "perhaps"}, "DEBUG must be true or false, not 'perhaps'."),
        (PRODUCTION | {"SECRET_KEY": ""}, f"SECRET_KEY {NO_SECRET}"),
        (PRODUCTION | {"SECRET_KEY": A_SECRET[:31]}, f"SECRET_KEY {NO_SECRET}"),
        (
            PRODUCTION | {"SECRET_KEY": "insecure-key-for-development-only-never-in-production"},
            f"SECRET_KEY {NO_SECRET}",
        ),
        *[
            (PRODUCTION | {"SECRET_KEY_FALLBACKS": f"{'b' * 50},{key}"}, f"SECRET_KEY_FALLBACKS {NO_SECRET}")
            for key in (A_SECRET[:31], "insecure-key-for-development-only-never-in-production")
        ],
        (PRODUCTION | {"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name the hosts that serve this site"),
        (PRODUCTION | {"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS must name the hosts that serve this site"),
        *[
            (PRODUCTION | {"ALLOWED_HOSTS": f"a.example,{host}"}, f"without scheme and port; not {host!r}.")
            for host in NO_HOSTS
        ],
        (PRODUCTION | {"SECURE_SSL_REDIRECT": "2"}, "SECURE_SSL_REDIRECT must be true or false"),
        *[
            (PRODUCTION | {name: f"https://a.example,{origin}"}, f"not {origin!r}.")
            for origin in NO_ORIGINS
            for name in ("CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS")
        ],
        (PRODUCTION | {"SECURE_HSTS_SECONDS": "-1"}, "SECURE_HSTS_SECONDS must be a whole number of at least 0"),
        (PRODUCTION | {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "x"}, "SECURE_HSTS_INCLUDE_SUBDOMAINS must be true or false"),
        (PRODUCTION | {"TRUST_X_FORWARDED_PROTO": "https"}, "TRUST_X_FORWARDED_PROTO must be true or false"),
        (PRODUCTION | {"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES must be a whole number of at least 0"),
        (PRODUCTION | {"THROTTLE_ENABLED": "off course"}, "THROTTLE_ENABLED must be true or false"),
        *[
            (PRODUCTION | {name: url}, f"{name} must look like redis://localhost:6379/0.")
            for url in NO_REDIS
            for name in ("REDIS_URL", "CELERY_BROKER_URL")
        ],
        (PRODUCTION | {"REDIS_URL": "amqp://localhost"}, "REDIS_URL must look like redis://localhost:6379/0."),
        (PRODUCTION | {"DATABASE_URL": "nonsense"}, "DATABASE_URL must look like postgresql://"),
        (PRODUCTION | {"DATABASE_URL": "oracles://a"}, "DATABASE_URL must look like postgresql://"),
        (PRODUCTION | {"DATABASE_URL": "postgresql://a:b@c:port/d"}, "DATABASE_URL must look like postgresql://"),
        (PRODUCTION | {"SUPABASE_URL": "project.supabase.co"}, "SUPABASE_URL must start with https:// or http://"),
        (PRODUCTION | {"SUPABASE_URL": "https://a.example:port"}, "SUPABASE_URL must start with https:// or http://"),
        (PRODUCTION | {"SUPABASE_URL": ""}, "Set SUPABASE_URL or SUPABASE_JWT_SECRET"),
        (PRODUCTION | {"SUPABASE_JWT_SECRET": "short"}, f"SUPABASE_JWT_SECRET {NO_SECRET}"),
        *[(PRODUCTION | {"SUPABASE_JWT_SECRET": word}, f"SUPABASE_JWT_SECRET {NO_SECRET}") for word in PUBLISHED],
        *[
            (PRODUCTION | {"SUPABASE_URL": "", "SUPABASE_JWT_SECRET": word}, f"SUPABASE_JWT_SECRET {NO_SECRET}")
            for word in PUBLISHED
        ],
        (PRODUCTION | {"ZOOM_API_KEY": ""}, "ZOOM_API_KEY and ZOOM_API_SECRET go together"),
        (PRODUCTION | {"ZOOM_API_SECRET": ""}, "ZOOM_API_KEY and ZOOM_API_SECRET go together"),
        (DEVELOPMENT | {"ZOOM_API_SECRET": "x"}, "ZOOM_API_KEY and ZOOM_API_SECRET go together"),
        (PRODUCTION | {"ZOOM_API_KEY": "", "ZOOM_API_SECRET": ""}, "are required when DEBUG is off"),
        (PRODUCTION | {"ZOOM_API_BASE_URL": "ftp://x"}, "ZOOM_API_BASE_URL must start with https:// or http://"),
        (PRODUCTION | {"ZOOM_OAUTH_URL": "zoom"}, "ZOOM_OAUTH_URL must start with https:// or http://"),
        (PRODUCTION | {"ZOOM_TIMEOUT_SECONDS": "0"}, "ZOOM_TIMEOUT_SECONDS must be a whole number of at least 1"),
        (PRODUCTION | {"KEEP_MESSAGES_DAYS": "36501"}, "KEEP_MESSAGES_DAYS must be at most 36500 days"),
        (PRODUCTION | {"ZOOM_TIMEOUT_SECONDS": "²"}, "ZOOM_TIMEOUT_SECONDS must be a whole number of at least 1"),
        (PRODUCTION | {"ZOOM_LEASE_SECONDS": "29"}, "ZOOM_LEASE_SECONDS must be a whole number of at least 30"),
        (PRODUCTION | {"ZOOM_WAITING_ROOM": "maybe"}, "ZOOM_WAITING_ROOM must be true or false"),
        (PRODUCTION | {"METRICS_TOKEN": "short"}, f"METRICS_TOKEN {NO_SECRET}"),
        (PRODUCTION | {"PROMETHEUS_MULTIPROC_DIR": "/no/such/folder"}, "PROMETHEUS_MULTIPROC_DIR must be a folder"),
        *[(PRODUCTION | {"SENTRY_DSN": dsn}, "SENTRY_DSN must be the address that Sentry shows") for dsn in NO_DSN],
        (PRODUCTION | {"MAX_PENDING_PER_STUDENT": "many"}, "MAX_PENDING_PER_STUDENT must be a whole number"),
        (PRODUCTION | {"ZOOM_DEFAULT_HOST": " , "}, "ZOOM_DEFAULT_HOST must name a Zoom user"),
        (PRODUCTION | {"MAX_PENDING_PER_STUDENT": "1.5"}, "MAX_PENDING_PER_STUDENT must be a whole number"),
    ],
)
def test_a_bad_value_stops_the_start(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(environment)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "value"),
    [
        *[(name, "hunter2") for name in ("SECRET_KEY", "SUPABASE_JWT_SECRET", "DATABASE_URL", "METRICS_TOKEN")],
        ("REDIS_URL", "redis//:hunter2@localhost"),
        ("CELERY_BROKER_URL", "amqp//bookings:hunter2@localhost"),
        ("SENTRY_DSN", "https://key@sentry.example.com/hunter2"),
    ],
)
def test_error_messages_contain_no_secret(secret: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        read(PRODUCTION | {secret: value})
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None or "hunter2" not in str(caught.value.__cause__)


def test_an_empty_environment_is_production_and_does_not_start() -> None:
    with pytest.raises(ImproperlyConfigured):
        read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", False),
        ("SECRET_KEY", A_SECRET),
        ("ALLOWED_HOSTS", ["booking.example.com"]),
        ("CSRF_TRUSTED_ORIGINS", []),
        ("CORS_ALLOWED_ORIGINS", []),
        ("SECURE_SSL_REDIRECT", True),
        ("SECURE_HSTS_SECONDS", 31_536_000),
        ("SECURE_HSTS_INCLUDE_SUBDOMAINS", True),
        ("SECURE_HSTS_PRELOAD", True),
        ("SESSION_COOKIE_SECURE", True),
        ("CSRF_COOKIE_SECURE", True),
        ("SUPABASE_URL", "https://project.supabase.co"),
        ("SUPABASE_JWT_SECRET", ""),
        ("SUPABASE_ANON_KEY", ""),
        ("SUPABASE_SERVICE_ROLE_KEY", ""),
        ("ZOOM_EMBEDDED_SANDBOX", False),
        ("ZOOM_API_BASE_URL", "https://api.zoom.us/v2"),
        ("ZOOM_OAUTH_URL", "https://zoom.us/oauth/token"),
        ("ZOOM_TIMEOUT_SECONDS", 10),
        ("ZOOM_DEFAULT_HOST", "me"),
        ("ZOOM_HOST_CONCURRENCY", 0),
        ("WEB_THREADS", 4),
        ("ZOOM_WAITING_ROOM", True),
        ("ZOOM_LEASE_SECONDS", 60),
        ("ZOOM_WEBHOOK_SECRET_TOKEN", ""),
        ("MAX_PENDING_PER_STUDENT", 20),
        ("MAX_MOVES_PER_BOOKING", 20),
        ("METRICS_TOKEN", ""),
        ("PROMETHEUS_MULTIPROC_DIR", ""),
        ("SENTRY_DSN", ""),
        ("SENTRY_ENVIRONMENT", "production"),
        ("SENTRY_RELEASE", ""),
        ("THROTTLE_ENABLED", True),
        ("TRUSTED_PROXIES", 0),
        ("REDIS_URL", ""),
    ],
)
def test_production_starts_with_these_values(name: str, value: object) -> None:
    assert read(PRODUCTION)[name] == value


def test_production_has_no_sandbox_and_trusts_no_header() -> None:
    found = read(PRODUCTION)
    assert "zoom_sandbox" not in found["INSTALLED_APPS"]
    assert not any("zoom_sandbox" in middleware for middleware in found["MIDDLEWARE"])
    assert "SECURE_PROXY_SSL_HEADER" not in found
    trusting = read(PRODUCTION | {"TRUST_X_FORWARDED_PROTO": "on"})
    assert trusting["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def manage(*words: str) -> "subprocess.CompletedProcess[str]":
    """manage.py in production's environment and no other."""
    own = {"SUPABASE_ANON_KEY": "anon", "ZOOM_DEFAULT_HOST": "host@example.com"}
    environment = PRODUCTION | own | {"ENV_FILE": os.devnull, "PATH": os.environ["PATH"]}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_production_passes_djangos_own_checks_for_it() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    ("environment", "is_there"),
    [
        (DEVELOPMENT, True),
        (DEVELOPMENT | {"SUPABASE_URL": "https://project.supabase.co"}, False),
        (PRODUCTION, False),
        (PRODUCTION | {"SUPABASE_URL": "", "SUPABASE_JWT_SECRET": A_SECRET}, False),
    ],
)
def test_tokens_are_accepted_as_admin_passwords_in_development_only(
    environment: dict[str, str], is_there: bool
) -> None:
    assert ("accounts.backends.DevTokenBackend" in read(environment)["AUTHENTICATION_BACKENDS"]) == is_there
