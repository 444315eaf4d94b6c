"""Prometheus metrics of bookings and Zoom. Labels have few fixed values: never an id or a person."""

from django.db import transaction
from prometheus_client import Counter, Histogram

from outbox.metrics import never_failing

_MOVES = Counter("bookings_moves", "Moves of bookings that were committed.", ["move"])
_ZOOM_CALLS = Counter("zoom_calls", "Requests to Zoom; result: its status, or no_answer.", ["operation", "result"])
_ZOOM_SECONDS = Histogram(
    "zoom_call_seconds",
    "How long requests to Zoom take.",
    ["operation"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)


def count_move(move: str) -> None:
    """Count a move once its transaction is committed."""
    transaction.on_commit(lambda: _count_move(move))


@never_failing()
def _count_move(move: str) -> None:
    _MOVES.labels(move).inc()


@never_failing()
def count_zoom_call(operation: str, *, status: int | None, seconds: float) -> None:
    """Count a request to Zoom. `operation`: its method and the pattern of its path; `status` None: no answer."""
    _ZOOM_CALLS.labels(operation, str(status or "no_answer")).inc()
    _ZOOM_SECONDS.labels(operation).observe(seconds)
