"""Everything that falls due by itself: one list, for the command and for Celery's clock."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from bookings import idempotency, outbox, overdue, reconciliation

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
Job = Callable[..., int]

SECONDS_BETWEEN_SWEEPS = 3600
# Of whoever comes back soon anyway: a Zoom that answers nobody must not keep a worker from all else.
PATIENCE = dt.timedelta(minutes=1)


def due_jobs(began: dt.datetime) -> tuple[Job, ...]:
    """The jobs of a round. Each does at most a batch, and tells how much that was.

    One delivery at a time: each takes as long as Zoom does, its lease counts from when it begins, and a worker that is
    told to stop ends after it. What was not due when the round `began` is the next one's, so that every round ends.
    """
    deliver_next = partial(outbox.deliver_due, due_by=began, most=1)
    return (overdue.cancel_unanswered, overdue.complete_finished, deliver_next, idempotency.forget)


def run_all(
    clock: Clock, *, is_stopped: Callable[[], bool] = lambda: False, patience: dt.timedelta = dt.timedelta.max
) -> int:
    """Does all that is due, batch after batch, until nothing is left or somebody wants it to end; how much it was.

    No job takes much longer than `patience`. One that fails keeps no other from its turn: what it raised first, is
    raised at the end.
    """
    done, failures = 0, []
    for job in due_jobs(clock()):
        try:
            done += _run(job, clock, is_stopped, patience)
        except Exception as error:
            logger.exception("A job failed; its work stays due.")
            failures.append(error)
    if failures:
        raise failures[0]
    return done


def _run(job: Job, clock: Clock, is_stopped: Callable[[], bool], patience: dt.timedelta) -> int:
    done, began = 0, clock()
    while not is_stopped() and clock() - began < patience and (batch := job(now=clock())):
        done += batch
    return done


def sweep(clock: Clock) -> int:
    """Finds and mends what was changed at Zoom itself; how much it was."""
    return reconciliation.sweep(now=clock())
