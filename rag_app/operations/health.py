"""Liveness and readiness of this process. Responses name no host and repeat no error."""

import datetime as dt
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from accounts.authentication.tokens import verifier
from bookings import jobs
from outbox.models import Heartbeat

logger = logging.getLogger(__name__)

# A check returns a status, or fails by raising.
Check = Callable[[], str]

OK, OFF, FAILED = "ok", "off", "failed"
LIMIT_SECONDS = 2
# Probes come every few seconds; more frequent requests get the last result.
KEPT_SECONDS = 1
# With less, writes of SQLite or of the metrics may fail.
LEAST_FREE_BYTES = 32 * 1024 * 1024
# A round begins every five seconds. While Zoom hangs, each process of a worker may spend a minute on one.
MOST_BETWEEN_ROUNDS = dt.timedelta(minutes=2)


def alive(request: HttpRequest) -> JsonResponse:
    """Return `{"status": "ok"}` as long as the process serves requests; checks nothing else."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 if requests can be served (even degraded), else 503; `checks` tells what is wrong."""
    checks, is_ready = readiness().look()
    status = "unready" if not is_ready else "degraded" if FAILED in checks.values() else "ready"
    return JsonResponse(
        {"status": status, "checks": checks}, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"}
    )


class Readiness:
    """Runs all checks in parallel, each for at most two seconds. The process is ready if the vital ones pass.

    The page is public, so checks run at most once a second, for one caller at a time: others get the last result. A
    check that hangs has failed, and is not started again before it has ended, so it takes only one thread. Thread-safe.
    """

    def __init__(
        self, checks: Mapping[str, Check], *, vital: Iterable[str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._checks = checks
        self._vital = frozenset(vital)
        self._monotonic = monotonic
        self._looking = threading.Lock()
        self._seen: tuple[dict[str, str], float] | None = None
        self._pool = ThreadPoolExecutor(len(checks), thread_name_prefix="readiness")
        self._runs: dict[str, Future[str]] = {}

    def look(self) -> tuple[dict[str, str], bool]:
        """Return the status of each check, and whether the process is ready."""
        # Callers wait for a running check only before the first result.
        if self._looking.acquire(timeout=0 if self._seen else LIMIT_SECONDS):
            try:
                if self._seen is None or self._monotonic() - self._seen[1] >= KEPT_SECONDS:
                    self._seen = self._ask(), self._monotonic()
            finally:
                self._looking.release()
        words = self._seen[0] if self._seen else dict.fromkeys(self._checks, FAILED)
        return words, not any(words[name] == FAILED for name in self._vital)

    def _ask(self) -> dict[str, str]:
        idle = [name for name in self._checks if name not in self._runs or self._runs[name].done()]
        self._runs |= {name: self._pool.submit(self._checks[name]) for name in idle}
        wait([self._runs[name] for name in idle], timeout=LIMIT_SECONDS)
        return {name: _word(name, run) for name, run in self._runs.items()}


def _word(name: str, run: Future[str]) -> str:
    if not run.done():
        logger.warning("Not ready: %s does not answer.", name)
        return FAILED
    if error := run.exception():
        logger.warning("Not ready: %s fails with %s.", name, type(error).__name__)
        return FAILED
    return run.result()


# --- Checks. Each runs in its own thread, and so on its own database connection. ---


def database() -> str:
    """Check that the database answers on a new connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return OK
    finally:
        connection.close()


def disk() -> str:
    """Check the free space of SQLite's folder and of the metrics' folder."""
    folders = [settings.PROMETHEUS_MULTIPROC_DIR] if settings.PROMETHEUS_MULTIPROC_DIR else []
    if connection.vendor == "sqlite" and (file := Path(connection.settings_dict["NAME"])).is_file():
        folders.append(str(file.parent))
    if any(shutil.disk_usage(folder).free < LEAST_FREE_BYTES for folder in folders):
        return FAILED
    return OK if folders else OFF


class Migrations:
    """Checks that all migrations are applied: a new release gets no requests before."""

    def __init__(self) -> None:
        self._is_applied = False

    def __call__(self) -> str:
        """Check until all are applied, then never again."""
        self._is_applied = self._is_applied or not self._missing()
        return OK if self._is_applied else FAILED

    def _missing(self) -> bool:
        try:
            executor = MigrationExecutor(connection)
            return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        finally:
            connection.close()


def broker() -> str:
    """Check that Celery's broker accepts connections."""
    from rag_app.celery import app

    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=1, interval_start=0)
    return OK


def redis() -> str:
    """Check the Redis of the rate limits."""
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
        server.ping()
    return OK


def due_jobs() -> str:
    """Check that beat sends rounds of due jobs, and a worker begins them."""
    try:
        age = Heartbeat.age(jobs.DUE_JOBS, timezone.now())
        return OK if age is not None and age <= MOST_BETWEEN_ROUNDS else FAILED
    finally:
        connection.close()


def signing_keys() -> str:
    """Return the state of Supabase's cached keys. Not vital, and fetches none: requests do when they need them."""
    return verifier().keys_state


@lru_cache(maxsize=1)
def readiness() -> Readiness:
    """Return the process's checks, chosen by the settings.

    Broker, Redis and worker are not vital: events wait in the outbox, and rate limits are skipped. If they were, one
    restart of Redis would take out every web process at once.
    """
    checks: dict[str, Check] = {
        "database": database,
        "migrations": Migrations(),
        "disk": disk,
        "broker": broker if settings.CELERY_BROKER_URL else lambda: OFF,
        "redis": redis if settings.REDIS_URL else lambda: OFF,
        "due_jobs": due_jobs if settings.CELERY_BROKER_URL else lambda: OFF,
        "signing_keys": signing_keys,
    }
    return Readiness(checks, vital=("database", "migrations", "disk"))
