"""What a commit sets off: a delivery by Celery where there is a broker, else in this process."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from outbox.delivery import Courier
from outbox.models import OutboxRow

_couriers: dict[str, Courier[Any, Any]] = {}


def register(courier: Courier[Any, Any]) -> None:
    """Have this courier deliver the rows of its model. Called once, when the app is ready."""
    _couriers[courier.model._meta.label_lower] = courier


def couriers() -> list[Courier[Any, Any]]:
    return list(_couriers.values())


def courier(label: str) -> Courier[Any, Any]:
    """Return the courier of the model with this label, such as `bookings.meetingsync`. Raises KeyError."""
    return _couriers[label]


def after_commit(row: OutboxRow, *, now: dt.datetime, is_urgent: bool = True) -> None:
    """Deliver the row once the transaction is committed. What fails stays due, and the next round takes it.

    Without a broker, what is not urgent waits for a worker: the caller should not.
    """
    label, row_id = row._meta.label_lower, row.pk
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(lambda: _send(label, row_id), robust=True)
    elif is_urgent:
        transaction.on_commit(lambda: courier(label).hurried().deliver(row_id, now=now), robust=True)


def _send(label: str, row_id: int) -> None:
    """Hand the row to a worker, without waiting for a broker that is away."""
    from outbox import tasks  # imports Celery

    tasks.deliver.apply_async((label, row_id), retry=False)
