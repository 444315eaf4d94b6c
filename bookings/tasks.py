"""Celery's way to the same work."""

from celery import shared_task
from django.utils import timezone

from bookings import jobs


# Beat soon sends another: rounds that waited for a worker longer than a minute are dropped, not made up for.
@shared_task(ignore_result=True, expires=60)
def run_due_jobs() -> None:
    jobs.run_all(timezone.now, patience=jobs.PATIENCE)


@shared_task(ignore_result=True, expires=jobs.SECONDS_BETWEEN_SWEEPS)
def sweep() -> None:
    jobs.sweep(timezone.now)
