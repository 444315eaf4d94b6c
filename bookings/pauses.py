"""How long to wait after Zoom has failed, so that it recovers, and keeps its limits."""

import datetime as dt
import random

from django.db import transaction

from bookings.models import OutboxEvent
from bookings.services import contended
from bookings.states import Status
from bookings.zoom_client import ZoomError, ZoomRateLimited

FIRST = dt.timedelta(seconds=30)
LONGEST = dt.timedelta(hours=1)


def after(attempts: int, error: ZoomError) -> dt.timedelta:
    """The pause after so many attempts, spread so that not all come back at once; longer where Zoom says so."""
    spread = random.uniform(0.5, 1)  # noqa: S311  # spreads load, hides nothing
    return max(grown(attempts) * spread, _asked(error))


def grown(attempts: int) -> dt.timedelta:
    """Twice as long each time, up to an hour."""
    return min(FIRST * (1 << min(attempts - 1, 10)), LONGEST)


@contended
@transaction.atomic(durable=True)
def spare_host(host: str, error: ZoomError, *, now: dt.datetime) -> None:
    """After a refusal that lasts: whatever else would make or change a meeting of this host waits as long.

    Zoom allows 100 of these for each host and UTC day. Deletes do not count, and go on:
    developers.zoom.us/docs/api/rate-limits
    """
    wait = _asked(error)
    if not isinstance(error, ZoomRateLimited) or wait < LONGEST:
        return
    waiting = OutboxEvent.objects.open().filter(booking__zoom_host=host, booking__status=Status.CONFIRMED)
    early = waiting.filter(leased_until=None, due_at__lt=now + wait)
    held = early.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    OutboxEvent.objects.filter(pk__in=list(held)).update(due_at=now + wait)


def _asked(error: ZoomError) -> dt.timedelta:
    return dt.timedelta(seconds=error.retry_after or 0)
