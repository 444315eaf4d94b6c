"""Start a delivery after a commit: by Celery if there is a broker, else in a thread of this process."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from outbox import background, clock
from outbox.delivery import Courier
from outbox.models import OutboxRow

_couriers: dict[str, Courier[Any, Any]] = {}


def register(courier: Courier[Any, Any]) -> None:
    """Register the courier of its model. Called once, when the app is ready."""
    _couriers[courier.model._meta.label_lower] = courier


def couriers() -> list[Courier[Any, Any]]:
    return list(_couriers.values())


def courier(label: str) -> Courier[Any, Any]:
    """Return the courier of the model with this label, such as `bookings.meetingsync`. Raises KeyError."""
    return _couriers[label]


def after_commit(row: OutboxRow, *, now: dt.datetime, is_urgent: bool = True) -> None:
    """Deliver the row once the transaction is committed. After a failure it stays due for the next round.

    The request does not wait for it. Without a broker, rows that are not urgent are left to a worker.
    """
    label, row_id = row._meta.label_lower, row.pk
    if settings.CELERY_BROKER_URL:
        transaction.on_commit(lambda: _send(label, row_id), robust=True)
    elif is_urgent:
        transaction.on_commit(lambda: background.after_answer(lambda: _deliver(label, row_id, now)), robust=True)


def _deliver(label: str, row_id: int, asked_at: dt.datetime) -> None:
    courier(label).hurried().deliver(row_id, now=clock.now() if settings.OUTBOX_IN_BACKGROUND else asked_at)


def _send(label: str, row_id: int) -> None:
    """Send the row to a worker, without waiting for an unavailable broker."""
    from outbox import tasks  # imports Celery

    tasks.deliver.apply_async((label, row_id), retry=False)
