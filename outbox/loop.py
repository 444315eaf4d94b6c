"""The worker's loop: run jobs in batches, so that none starves another."""

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from outbox import dispatch
from outbox.delivery import Courier

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
# Does at most one batch at `now`, and returns its size.
Job = Callable[..., int]


_jobs: list[Job] = []


def register(job: Job) -> None:
    """Have every round run this job. Called once, when the app is ready."""
    _jobs.append(job)


def registered() -> list[Job]:
    return list(_jobs)


@dataclass(frozen=True)
class Deliveries:
    """The job of an outbox in a round. It delivers one row at a time, because each may take long.

    So a lease starts with its own delivery, and a worker that is told to stop ends after one. Rows that were not due
    when the round `began` are left to the next one, so that every round ends.
    """

    courier: Courier[Any, Any]
    began: dt.datetime

    def __call__(self, *, now: dt.datetime) -> int:
        return self.courier.deliver_due(now=now, due_by=self.began, most=1)


def deliveries(began: dt.datetime) -> list[Job]:
    """Return a job for each outbox."""
    return [Deliveries(courier, began) for courier in dispatch.couriers()]


def run(
    jobs: Iterable[Job],
    clock: Clock,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    patience: dt.timedelta = dt.timedelta.max,
) -> int:
    """Run each job until it has nothing left, and return how much was done.

    `patience` is the time budget of each job; an outbox may take its `share` of it. A failure does not stop the other
    jobs; the first is raised at the end.
    """
    done, failures = 0, []
    for job in jobs:
        try:
            share = job.courier.share if isinstance(job, Deliveries) else 1
            done += _run(job, clock, is_stopped, patience * share)
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
