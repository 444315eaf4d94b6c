"""Discard rounds that waited too long for a worker: the next ones do the same work.

Celery's own `expires` compares the clock of beat with the worker's, and drops a round silently. Here both sides
use the database's clock.
"""

import datetime as dt
import logging
from typing import Any

from celery import Task
from django.db import Error, close_old_connections
from prometheus_client import Counter

from outbox import clock

logger = logging.getLogger(__name__)

SENT_AT = "sent_at"
_DISCARDED = Counter("outbox_discarded_rounds", "Rounds that were discarded: they had waited too long.", ["task"])


def stamp(headers: dict[str, Any]) -> None:
    """Add the time of sending to the message. Without it (database unavailable) a round is never discarded."""
    close_old_connections()
    try:
        headers[SENT_AT] = clock.now().isoformat()
    except Error as error:
        logger.warning("The database's clock could not be read: %s", type(error).__name__)


def is_stale(task: "Task[..., Any]", *, seconds: float) -> bool:
    """Return True, with a warning, if the round was sent longer ago than that."""
    sent_at = task.request.get(SENT_AT)
    if sent_at is None:
        return False
    waited = clock.now() - dt.datetime.fromisoformat(sent_at)
    if waited <= dt.timedelta(seconds=seconds):
        return False
    _DISCARDED.labels(task.name).inc()
    logger.warning("A round of %s had waited for %.0f seconds and is discarded.", task.name, waited.total_seconds())
    return True
