"""Everything that falls due by itself: one list, for the command and for Celery's clock."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from bookings import idempotency, outbox, overdue, reconciliation

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_SWEEPS = 3600

# One delivery at a time: each takes as long as Zoom does, its lease counts from when it begins, and a worker that is
# told to stop ends after it.
deliver_next = partial(outbox.deliver_due, most=1)
# Each does at most a batch and tells how much that was.
JOBS = (overdue.cancel_unanswered, overdue.complete_finished, deliver_next, idempotency.forget)


def run_all(clock: Callable[[], dt.datetime], *, is_stopped: Callable[[], bool] = lambda: False) -> int:
    """Does all that is due, batch after batch, until nothing is left or somebody wants it to end; how much it was."""
    done = 0
    for job in JOBS:
        while not is_stopped() and (batch := job(now=clock())):
            done += batch
    return done


def sweep(clock: Callable[[], dt.datetime]) -> int:
    """Finds and mends what was changed at Zoom itself; how much it was. Where Zoom fails, the next sweep does it."""
    try:
        return reconciliation.sweep(now=clock())
    except reconciliation.ZoomError as error:
        logger.warning("Zoom could not be compared with the bookings: %s", error.sentence)
        return 0
