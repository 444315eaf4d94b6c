"""Read teachers' other calendars in the outbox's loop: claim, fetch, compute busy times, record."""

import datetime as dt
import logging

from django.db import transaction

from bookings.models import Booking
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from calendars import events, occurrences
from calendars.fetching import Fetched, FetchError, fetch
from calendars.models import OtherCalendar
from calendars.occurrences import Busy, CalendarError, Series
from outbox.delivery import Job, RowCourier
from outbox.models import Claim
from wall_clock import zones

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(minutes=15)
# Unchanged calendars are read again too: the year ahead moves on, and the teacher's zone may change.
STALE_AFTER = dt.timedelta(days=1)
# One that goes on failing is asked less and less often.
LONGEST_PAUSE = dt.timedelta(hours=2)
BACK, AHEAD = dt.timedelta(days=1), dt.timedelta(days=367)


class CalendarCourier(RowCourier[OtherCalendar]):
    model = OtherCalendar
    # Longer than fetching and expanding together.
    lease = dt.timedelta(minutes=2)
    related = ("teacher",)

    def attempt(self, job: Job[OtherCalendar], now: dt.datetime) -> bool:
        """Fetch and read the calendar. After a failure the last known busy times stay."""
        calendar = job.row
        if not (calendar.teacher.is_active and calendar.teacher.is_teacher):
            return _wait(job, now)
        try:
            fetched = _fetched(calendar, now)
            busy = None if fetched.content is None else _busy(calendar, fetched.content, now)
        except (FetchError, CalendarError) as error:
            return _failed(job, now, error.sentence)
        return _unchanged(job, now) if busy is None else _read(job, now, fetched, busy)


def _fetched(calendar: OtherCalendar, now: dt.datetime) -> Fetched:
    if calendar.read_at is None or now - calendar.read_at >= STALE_AFTER:
        return fetch(calendar.address)
    return fetch(calendar.address, etag=calendar.etag, last_modified=calendar.last_modified)


def _busy(calendar: OtherCalendar, content: bytes, now: dt.datetime) -> Busy:
    found = _without_ours(occurrences.series_of(content))
    zone = zones.load(calendar.teacher.timezone)
    return occurrences.busy(found, zone=zone, within=Span(now - BACK, now + AHEAD))


def _without_ours(found: list[Series]) -> list[Series]:
    """Leave out our own sessions, which return from calendars that accepted our invitations: they block anyway."""
    named = {booking_id: series.uid for series in found if (booking_id := events.booking_id(series.uid))}
    ours = {named[pk] for pk in Booking.objects.filter(pk__in=named).values_list("pk", flat=True)}
    return [series for series in found if series.uid not in ours]


# --- Recording --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _read(job: Job[OtherCalendar], now: dt.datetime, fetched: Fetched, busy: Busy) -> bool:
    if calendar := OtherCalendar.held(job.claim):
        replace_busy(teacher_id=calendar.teacher_id, source=calendar.pk, spans=busy.spans)
        calendar.etag, calendar.last_modified = fetched.etag, fetched.last_modified
        calendar.read_at, calendar.ignored_events = now, busy.ignored
        _settle(calendar, job.claim, now)
    return True


@transaction.atomic(durable=True)
def _unchanged(job: Job[OtherCalendar], now: dt.datetime) -> bool:
    if calendar := OtherCalendar.held(job.claim):
        _settle(calendar, job.claim, now)
    return True


def _settle(calendar: OtherCalendar, claim: Claim, now: dt.datetime) -> None:
    calendar.fetched_at, calendar.failing_since = now, None
    calendar.settle(claim, now, again_at=now + EVERY)


@transaction.atomic(durable=True)
def _wait(job: Job[OtherCalendar], now: dt.datetime) -> bool:
    """Stop fetching calendars of a person who no longer teaches."""
    if calendar := OtherCalendar.held(job.claim):
        calendar.settle(job.claim, now, again_at=now + STALE_AFTER)
    return True


@transaction.atomic(durable=True)
def _failed(job: Job[OtherCalendar], now: dt.datetime, sentence: str) -> bool:
    logger.info("A calendar of teacher %s could not be read: %s", job.row.teacher_id, sentence)
    if calendar := OtherCalendar.held(job.claim):
        calendar.failing_since = calendar.failing_since or now
        pause = max(EVERY, min(now - calendar.failing_since, LONGEST_PAUSE))
        calendar.postpone(now + pause, now, error=sentence)
    return False
