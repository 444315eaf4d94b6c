"""Prometheus metrics of all outboxes. Labels have few fixed values: never an id or a person."""

import contextlib
import logging
from collections.abc import Iterator

from django.db import transaction
from prometheus_client import Counter

logger = logging.getLogger(__name__)

_MOVES = Counter("outbox_moves", "Moves of outbox rows that were committed; settle: delivered.", ["outbox", "move"])


@contextlib.contextmanager
def never_failing() -> Iterator[None]:
    """Log exceptions of the block instead of raising them: a metric must not break what it measures.

    With PROMETHEUS_MULTIPROC_DIR each counter writes to a file, on a disk that may be full or gone.
    """
    try:
        yield
    except Exception:
        logger.exception("A measurement was lost.")


def count_move(outbox: str, move: str) -> None:
    """Count a move once its transaction is committed. `outbox`: the label of its model."""
    transaction.on_commit(lambda: _count_move(outbox, move))


@never_failing()
def _count_move(outbox: str, move: str) -> None:
    _MOVES.labels(outbox, move).inc()
