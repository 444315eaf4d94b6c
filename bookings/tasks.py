"""Celery tasks."""

from typing import Any

from celery import Task, shared_task

from bookings import jobs
from outbox import clock, rounds

# Beat soon sends another: rounds that waited for a worker longer than this are discarded.
MOST_SECONDS_WAITED = 60


@shared_task(bind=True, ignore_result=True)
def run_due_jobs(self: "Task[..., Any]") -> None:
    if not rounds.is_stale(self, seconds=MOST_SECONDS_WAITED):
        jobs.run_all(clock.now, patience=jobs.PATIENCE)


@shared_task(bind=True, ignore_result=True)
def sweep(self: "Task[..., Any]") -> None:
    if not rounds.is_stale(self, seconds=jobs.SECONDS_BETWEEN_SWEEPS):
        jobs.sweep(clock.now)
