"""Shared by tests with Celery: its processes as docker-compose.yml starts them."""

import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from celery import Task

from bookings.tests.process_parts import START
from rag_app.celery import app
from testing.processes import python
from testing.site import Site

LABEL = "bookings.meetingsync"
LONG_AGO = START.replace(year=2025)


def celery(here: Site, broker: str, name: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A running worker, as docker-compose.yml starts it."""
    words = ("-m", "celery", "-A", "rag_app", "worker", "--concurrency", "1", "--hostname", f"{name}@localhost")
    return python(
        *words,
        "--without-gossip",
        "--without-mingle",
        env=here.environment | {"CELERY_BROKER_URL": broker},
        log=here.log,
    )


def beat(here: Site, broker: str, schedule: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Celery's clock with a memory of its own, as docker-compose.yml starts it."""
    words = ("-m", "celery", "-A", "rag_app", "beat", "--schedule", str(schedule))
    return python(*words, env=here.environment | {"CELERY_BROKER_URL": broker}, log=here.log)


def send(broker: str, task: Task[..., None], *args: object) -> None:
    with app.connection(broker) as connection:
        task.apply_async(args, producer=app.amqp.Producer(connection))
