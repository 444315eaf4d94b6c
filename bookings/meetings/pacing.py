"""Keep Zoom's daily limit of a host: 100 creates and updates (developers.zoom.us/docs/api/rate-limits)."""

import datetime as dt

from django.db import transaction

from bookings.locking import contended
from bookings.models import MeetingSync
from bookings.states import Status
from bookings.zoom_client import ZoomError, ZoomRateLimited
from outbox import backoff


@contended
@transaction.atomic(durable=True)
def spare_host(host: str, error: ZoomError, *, now: dt.datetime) -> None:
    """After a lasting 429, postpone whatever else would make or change a meeting of this host.

    Deletes do not count against the limit, and go on.
    """
    wait = dt.timedelta(seconds=error.retry_after or 0)
    if not isinstance(error, ZoomRateLimited) or wait < backoff.LONGEST:
        return
    waiting = MeetingSync.objects.open().filter(booking__zoom_host=host, booking__status=Status.CONFIRMED)
    early = waiting.filter(leased_until=None, due_at__lt=now + wait)
    held = early.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    MeetingSync.objects.filter(pk__in=list(held)).update(due_at=now + wait)
