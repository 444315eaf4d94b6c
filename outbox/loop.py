"""What a worker does: run jobs batch after batch, so that none keeps another from its turn."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from functools import partial

from outbox import dispatch

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
# Does at most a batch at `now`, and returns how much that was.
Job = Callable[..., int]


_jobs: list[Job] = []


def register(job: Job) -> None:
    """Have every round run this job. Called once, when the app is ready."""
    _jobs.append(job)


def registered() -> list[Job]:
    return list(_jobs)


def deliveries(began: dt.datetime) -> list[Job]:
    """Return a job for each outbox. It delivers one row at a time: each takes as long as the other side does.

    A lease then counts from the beginning of its own delivery, and a worker that is told to stop ends after one. What
    was not due when the round `began` is left to the next one, so that every round ends.
    """
    return [partial(courier.deliver_due, due_by=began, most=1) for courier in dispatch.couriers()]


def run(
    jobs: Iterable[Job],
    clock: Clock,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    patience: dt.timedelta = dt.timedelta.max,
) -> int:
    """Run each job until it has nothing left, and return how much was done.

    `patience` is the time budget of each job. One that fails keeps no other from its turn; the first failure is raised
    at the end.
    """
    done, failures = 0, []
    for job in jobs:
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
