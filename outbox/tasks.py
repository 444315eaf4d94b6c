"""Celery tasks. Messages hold a model's label and a row's id, never content."""

from celery import shared_task

from outbox import clock, dispatch


@shared_task(ignore_result=True)
def deliver(label: str, row_id: int) -> None:
    dispatch.courier(label).deliver(row_id, now=clock.now())
