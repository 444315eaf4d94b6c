"""Write the deliveries of a move in the move's own transaction."""

import datetime as dt
from typing import Any

from bookings.models import BookingChange
from bookings.states import Move
from database.rows import Rows
from outbox import clock
from webhooks.events import TEST, TYPES
from webhooks.models import Delivery, Endpoint

REPLAYED = dt.timedelta(days=1)
# Read along with each change that is stored, to save a round trip where there is none.
ACTIVE = "active_endpoints"


def active_endpoints() -> Rows:
    return Rows(Endpoint.objects.filter(is_active=True).values("pk"))


def write_deliveries(*, change: BookingChange, **signal: Any) -> None:
    """Receive `booking_moved`: a row for each active endpoint, which the next round of due jobs posts."""
    Delivery.objects.bulk_create(
        [_delivery(endpoint, TYPES[Move(change.move)], change.at, change) for (endpoint,) in getattr(change, ACTIVE)]
    )


def write_test(endpoint: Endpoint, *, now: dt.datetime) -> Delivery:
    delivery = _delivery(endpoint.pk, TEST, clock.shared(now), None)
    delivery.save()
    return delivery


def replay(endpoint: Endpoint, *, now: dt.datetime) -> int:
    """Post the endpoint's deliveries of the last day again, under the same ids. Return how many."""
    now = clock.shared(now)
    return Delivery.objects.filter(endpoint=endpoint, created_at__gt=now - REPLAYED).replay(now)


def _delivery(endpoint_id: int, event_type: str, now: dt.datetime, change: BookingChange | None) -> Delivery:
    return Delivery(
        endpoint_id=endpoint_id,
        event_type=event_type,
        change=change,
        created_at=now,
        due_at=now,
        give_up_at=now + Delivery.PATIENCE,
    )
