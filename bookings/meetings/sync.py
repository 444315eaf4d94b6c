"""Request a sync after a change that makes Zoom and a booking differ."""

import datetime as dt

from bookings.meetings.pacing import paced
from bookings.models import Booking, MeetingSync
from outbox import clock, dispatch


def request_sync(booking: Booking, *, now: dt.datetime, is_urgent: bool = True, reads_back: bool = False) -> None:
    """Queue a sync of the booking in the caller's transaction.

    A booking that never had a meeting needs none. What is not urgent waits for a worker. `reads_back`: the
    change was made at Zoom.
    """
    now = clock.shared(now)
    sync = MeetingSync.objects.locked_for(booking)
    if sync is None and booking.zoom_meeting_id is None:
        return
    sync = sync or MeetingSync(booking=booking, created_at=now, due_at=now, version=0)
    sync.reads_back = sync.reads_back or reads_back
    sync.renew(now, due_at=paced(booking, sync.due_at, now))
    if sync.due_at <= now:
        dispatch.after_commit(sync, now=now, is_urgent=is_urgent)
