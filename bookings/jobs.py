"""All periodic jobs: one list for the command and for Celery beat."""

import datetime as dt
from collections.abc import Callable

from bookings.meetings import reconciliation
from bookings.services import overdue
from outbox import loop
from outbox.loop import Clock, Job
from outbox.models import Heartbeat

# The name of a round's heartbeat.
DUE_JOBS = "due jobs"
SECONDS_BETWEEN_SWEEPS = 3600
# Time budget per job of a worker that loops, so that a hanging Zoom cannot starve the rest.
PATIENCE = dt.timedelta(minutes=1)


def due_jobs(began: dt.datetime) -> list[Job]:
    """Return the jobs of a round."""
    return [
        overdue.cancel_unanswered,
        overdue.complete_finished,
        *loop.registered(),
        *loop.deliveries(began),
    ]


def run_all(
    clock: Clock, *, is_stopped: Callable[[], bool] = lambda: False, patience: dt.timedelta = dt.timedelta.max
) -> int:
    """Run all due jobs, and return how much was done. See `outbox.loop.run`."""
    Heartbeat.record(DUE_JOBS, clock())
    return loop.run(due_jobs(clock()), clock, is_stopped=is_stopped, patience=patience)


def sweep(clock: Clock) -> int:
    """Repair changes made at Zoom itself, and return how many there were."""
    return reconciliation.sweep(now=clock())
