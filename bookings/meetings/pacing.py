"""Keep within Zoom's daily limit per host: 100 creates and updates (developers.zoom.us/docs/api/rate-limits).

One person who moves a booking again and again must not use up the limit for everybody. So moves of a booking are sent
with growing pauses, only the latest one, and part of each host's limit is reserved for new meetings. Days are UTC.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from bookings.locking import contended
from bookings.models import Booking, HostDay, MeetingSync
from bookings.states import Move, Status
from bookings.zoom_client import ZoomError, ZoomRateLimited
from outbox import backoff

# Of the 100: for moves of any session, and for moves of sessions that begin the same day.
FOR_MOVES, FOR_MOVES_OF_TODAY = 60, 80
HOUR, LONGEST_PAUSE = dt.timedelta(hours=1), dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=7)
DAY_IS_OVER = gettext_noop("The host's changes of the day are nearly used up; the rest is kept for new meetings.")


class PacedError(Exception):
    """The host's daily limit has no room for this move. Try again at `until`."""

    def __init__(self, until: dt.datetime) -> None:
        self.until = until
        super().__init__(DAY_IS_OVER)


def paced(booking: Booking, due_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Return when to send the booking's change: at once, unless the session was already moved within the hour.

    `due_at` is when an earlier change is due: both are then sent together.
    """
    if booking.status != Status.CONFIRMED:
        return now
    moves = booking.changes.filter(move=Move.RESCHEDULE, at__gt=now - HOUR).count()
    if moves < 2:
        return now
    pause = min(backoff.FIRST * (1 << min(moves - 2, 10)), LONGEST_PAUSE)
    return min(due_at, now + pause) if due_at > now else now + pause


def count_create(host: str, now: dt.datetime) -> None:
    _count(host, now, creates=1)


def count_move(host: str, booking: Booking, now: dt.datetime) -> None:
    """Count one change of the host's day. Raises PacedError if the rest is reserved for new meetings."""
    tomorrow = _day(now) + dt.timedelta(days=1, minutes=1)
    most = FOR_MOVES_OF_TODAY if booking.start_time < tomorrow else FOR_MOVES
    if not _count(host, now, moves=1, most=most):
        raise PacedError(tomorrow)


def _count(host: str, now: dt.datetime, *, creates: int = 0, moves: int = 0, most: int | None = None) -> bool:
    day = HostDay.objects.filter(host=host, day=now.date())
    has_room = Q() if most is None else Q(moves__lt=most)
    for _ in range(2):
        if day.filter(has_room).update(creates=F("creates") + creates, moves=F("moves") + moves):
            return True
        if day.exists():
            return False
        _begin_day(host, now)
    return False


def _begin_day(host: str, now: dt.datetime) -> None:
    HostDay.objects.filter(host=host, day__lt=now.date() - KEPT).delete()
    try:
        with transaction.atomic():
            HostDay.objects.create(host=host, day=now.date())
    except IntegrityError:
        return  # another process was first


def _day(now: dt.datetime) -> dt.datetime:
    return now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@contended
@transaction.atomic(durable=True)
def spare_host(host: str, error: ZoomError, *, now: dt.datetime) -> None:
    """After a lasting 429, postpone whatever else would make or change a meeting of this host.

    Deletes do not count against the limit, and continue.
    """
    wait = dt.timedelta(seconds=error.retry_after or 0)
    if not isinstance(error, ZoomRateLimited) or wait < backoff.LONGEST:
        return
    waiting = MeetingSync.objects.open().filter(booking__zoom_host=host, booking__status=Status.CONFIRMED)
    early = waiting.filter(leased_until=None, due_at__lt=now + wait)
    held = early.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    MeetingSync.objects.filter(pk__in=list(held)).update(due_at=now + wait)
