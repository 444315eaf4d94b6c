"""Leave a note that Zoom may not agree with a booking any more."""

import datetime as dt

from bookings.models import Booking, MeetingSync
from outbox import dispatch


def request_sync(booking: Booking, *, now: dt.datetime, is_urgent: bool = True) -> None:
    """Have Zoom told of the booking's change, which the caller's own transaction commits.

    A booking that never asked for a meeting needs nothing. What is not urgent waits for a worker.
    """
    sync = MeetingSync.objects.locked_for(booking)
    if sync is not None:
        sync.renew(now)
    elif booking.zoom_meeting_id is not None:
        sync = MeetingSync.objects.create(booking=booking, created_at=now, due_at=now)
    if sync is not None:
        dispatch.after_commit(sync, now=now, is_urgent=is_urgent)
