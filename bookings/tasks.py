"""Celery's way to the same work: each task calls one function. Messages hold ids, never anything of a meeting."""

import datetime as dt
from typing import Any

from celery import shared_task
from django.utils import timezone

from bookings import jobs, outbox
from bookings.services import event_due


@shared_task(ignore_result=True)
def deliver(event_id: int) -> None:
    """Delivers one outbox event."""
    outbox.deliver(event_id, now=timezone.now())


# The clock soon sends another: rounds that waited for a worker longer than a minute are dropped, not made up for.
@shared_task(ignore_result=True, expires=60)
def run_due_jobs() -> None:
    """Does everything that is due; the clock of `celery beat` calls it."""
    jobs.run_all(timezone.now, patience=jobs.PATIENCE)


@shared_task(ignore_result=True, expires=jobs.SECONDS_BETWEEN_SWEEPS)
def sweep() -> None:
    """Finds and mends what was changed at Zoom itself."""
    jobs.sweep(timezone.now)


def on_event_due(*, event_id: int, now: dt.datetime, **_: Any) -> None:
    """Hands the event to a worker. Without a broker at hand it stays due, and the next round of jobs takes it."""
    deliver.apply_async((event_id,), retry=False)


def listen() -> None:
    """Connects this module to what services announce, in the place of delivering in the process itself."""
    event_due.connect(on_event_due, dispatch_uid="bookings.outbox")
