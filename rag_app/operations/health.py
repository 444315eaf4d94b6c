"""Whether this process is alive, and whether it should be sent requests. Answers name no host and repeat no error."""

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

# A check is a word that it returns; or it fails.
Check = Callable[[], str]

OK, OFF, FAILED = "ok", "off", "failed"
LIMIT_SECONDS = 2
# Probes come every few seconds; whoever asks more often than this gets the last answer.
KEPT_SECONDS = 1
# With less, a write of SQLite or of the metrics may be the one that fails.
LEAST_FREE_BYTES = 32 * 1024 * 1024
# A round begins every five seconds. While Zoom hangs, each of a worker's processes may be a minute at one.
MOST_BETWEEN_ROUNDS = dt.timedelta(minutes=2)


def alive(request: HttpRequest) -> JsonResponse:
    """`{"status": "ok"}` as long as the process serves requests; asks nobody else."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 where requests can be served, else 503; `checks` says what is wrong. What is degraded serves all the same."""
    checks, is_ready = readiness().look()
    status = "unready" if not is_ready else "degraded" if FAILED in checks.values() else "ready"
    return JsonResponse(
        {"status": status, "checks": checks}, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"}
    )


class Readiness:
    """Asks all checks at the same moment, each for at most two seconds. Without the vital ones nothing can be served.

    Anybody may ask, so no more often than once a second is anything looked at, and by one caller at a time: others get
    the last answer. A check that hangs has failed, and is not started again before it has ended: it takes one thread,
    however many ask. Safe for threads.
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
        """What each check says, and whether the process is ready."""
        # Only who asks before there is any answer waits for somebody else's look.
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


# --- The checks. Each runs in a thread of its own, and so on a connection of its own. ---


def database() -> str:
    """The database answers somebody who comes anew."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return OK
    finally:
        connection.close()


def disk() -> str:
    """There is room where requests write: in SQLite's folder, and in that of the metrics."""
    folders = [settings.PROMETHEUS_MULTIPROC_DIR] if settings.PROMETHEUS_MULTIPROC_DIR else []
    if connection.vendor == "sqlite" and (file := Path(connection.settings_dict["NAME"])).is_file():
        folders.append(str(file.parent))
    if any(shutil.disk_usage(folder).free < LEAST_FREE_BYTES for folder in folders):
        return FAILED
    return OK if folders else OFF


class Migrations:
    """Every migration that this code knows is applied: not to be sent requests while a release is being set up."""

    def __init__(self) -> None:
        self._is_applied = False

    def __call__(self) -> str:
        """Looks until all are applied, and then never again."""
        self._is_applied = self._is_applied or not self._missing()
        return OK if self._is_applied else FAILED

    def _missing(self) -> bool:
        try:
            executor = MigrationExecutor(connection)
            return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        finally:
            connection.close()


def broker() -> str:
    """Celery's broker takes a connection."""
    from rag_app.celery import app

    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=1, interval_start=0)
    return OK


def redis() -> str:
    """The Redis that requests are counted in answers."""
    from redis import Redis

    with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as server:
        server.ping()
    return OK


def due_jobs() -> str:
    """Somebody does what is due: Celery's clock sends the rounds, and a worker begins them."""
    try:
        age = Heartbeat.age(jobs.DUE_JOBS, timezone.now())
        return OK if age is not None and age <= MOST_BETWEEN_ROUNDS else FAILED
    finally:
        connection.close()


def signing_keys() -> str:
    """How the kept keys of Supabase are; fetches none. Not vital: only a request that needs them fetches them anew."""
    return verifier().keys_state


@lru_cache(maxsize=1)
def readiness() -> Readiness:
    """The checks that the settings ask for; one for the process.

    Neither the broker, the counters in Redis nor the worker are vital: events wait in the outbox, and limits are let
    pass. If they were, one Redis that restarts would take every web process out at once.
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
