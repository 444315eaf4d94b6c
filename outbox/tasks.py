"""Celery's way to the same deliveries. Messages hold a model's label and a row's id, nothing of what is delivered."""

from celery import shared_task

from outbox import clock, dispatch


@shared_task(ignore_result=True)
def deliver(label: str, row_id: int) -> None:
    dispatch.courier(label).deliver(row_id, now=clock.now())
