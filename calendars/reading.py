"""Read teachers' other calendars in the outbox's loop: claim, fetch, compute busy times, record."""

import datetime as dt
import logging
from typing import NamedTuple

from django.db import transaction

from bookings.models import Booking
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from calendars import caldav, events, failures, occurrences, passwords
from calendars.fetching import FetchError, WrongPasswordError, fetch
from calendars.models import Kind, OtherCalendar
from calendars.occurrences import Busy, CalendarError, Series
from calendars.passwords import UnreadableError
from outbox.delivery import Job, RowCourier
from outbox.models import Claim
from wall_clock import zones

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(minutes=15)
# Unchanged calendars are read again too: the year ahead moves on, and the teacher's zone may change.
STALE_AFTER = dt.timedelta(days=1)
# One that goes on failing is asked less and less often.
LONGEST_PAUSE = dt.timedelta(hours=2)
# A password that is refused twice is tried once a day until it is changed: servers lock accounts (iCloud).
REFUSED_PAUSE = dt.timedelta(days=1)
BACK, AHEAD = dt.timedelta(days=1), dt.timedelta(days=367)


class Held(NamedTuple):
    """What a calendar holds, and what to recognise it by; `series` is None if nothing has changed."""

    series: list[Series] | None
    etag: str
    last_modified: str = ""
    ignored: int = 0


class CalendarCourier(RowCourier[OtherCalendar]):
    model = OtherCalendar
    # Longer than fetching and expanding together.
    lease = dt.timedelta(minutes=2)
    related = ("teacher",)
    # Ten seconds of a minute: feeds that hang, for 20 seconds each, delay mail and Zoom by one of them in a round.
    share = 1 / 6

    def attempt(self, job: Job[OtherCalendar], now: dt.datetime) -> bool:
        """Fetch and read the calendar. After a failure the last known busy times stay."""
        calendar = job.row
        if not (calendar.teacher.is_active and calendar.teacher.is_teacher):
            return _wait(job, now)
        try:
            held = SOURCES[Kind(calendar.kind)](calendar, now)
            busy = None if held.series is None else _busy(calendar, held.series, now)
        except WrongPasswordError as error:
            return _failed(job, now, error.sentence, is_refusal=True)
        except (FetchError, CalendarError) as error:
            return _failed(job, now, error.sentence)
        return _unchanged(job, now) if busy is None else _read(job, now, held, busy)


def _of_address(calendar: OtherCalendar, now: dt.datetime) -> Held:
    is_stale = _is_stale(calendar, now)
    known = {} if is_stale else {"etag": calendar.etag, "last_modified": calendar.last_modified}
    fetched = fetch(calendar.address, **known)
    series = None if fetched.content is None else occurrences.series_of(fetched.content)
    return Held(series, fetched.etag, fetched.last_modified)


def _of_account(calendar: OtherCalendar, now: dt.datetime) -> Held:
    try:
        login = calendar.login()
    except UnreadableError as error:
        raise WrongPasswordError(failures.LOST_PASSWORD) from error
    known = "" if _is_stale(calendar, now) else calendar.etag
    found = caldav.fetch(calendar.address, login, within=_span(now), known=known)
    if found.objects is None:
        return Held(None, found.state)
    series, ignored = occurrences.series_of_each(found.objects)
    return Held(series, found.state, ignored=ignored)


SOURCES = {Kind.ICS: _of_address, Kind.CALDAV: _of_account}


def _is_stale(calendar: OtherCalendar, now: dt.datetime) -> bool:
    return calendar.read_at is None or now - calendar.read_at >= STALE_AFTER


def _span(now: dt.datetime) -> Span:
    return Span(now - BACK, now + AHEAD)


def _busy(calendar: OtherCalendar, series: list[Series], now: dt.datetime) -> Busy:
    zone = zones.load(calendar.teacher.timezone)
    return occurrences.busy(_without_ours(series), zone=zone, within=_span(now))


def _without_ours(found: list[Series]) -> list[Series]:
    """Leave out our own sessions, which return from calendars that accepted our invitations: they block anyway."""
    named = {booking_id: series.uid for series in found if (booking_id := events.booking_id(series.uid))}
    ours = {named[pk] for pk in Booking.objects.filter(pk__in=named).values_list("pk", flat=True)}
    return [series for series in found if series.uid not in ours]


# --- Recording --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _read(job: Job[OtherCalendar], now: dt.datetime, held: Held, busy: Busy) -> bool:
    if calendar := OtherCalendar.held(job.claim):
        replace_busy(teacher_id=calendar.teacher_id, source=calendar.pk, spans=busy.spans)
        calendar.etag, calendar.last_modified = held.etag, held.last_modified
        calendar.read_at, calendar.ignored_events = now, busy.ignored + held.ignored
        _settle(calendar, job.claim, now)
    return True


@transaction.atomic(durable=True)
def _unchanged(job: Job[OtherCalendar], now: dt.datetime) -> bool:
    if calendar := OtherCalendar.held(job.claim):
        _settle(calendar, job.claim, now)
    return True


def _settle(calendar: OtherCalendar, claim: Claim, now: dt.datetime) -> None:
    calendar.fetched_at, calendar.failing_since = now, None
    if calendar.encrypted_password:
        calendar.encrypted_password = passwords.renewed(calendar.encrypted_password)
    calendar.settle(claim, now, again_at=now + EVERY)


@transaction.atomic(durable=True)
def _wait(job: Job[OtherCalendar], now: dt.datetime) -> bool:
    """Stop fetching calendars of a person who no longer teaches."""
    if calendar := OtherCalendar.held(job.claim):
        calendar.settle(job.claim, now, again_at=now + STALE_AFTER)
    return True


@transaction.atomic(durable=True)
def _failed(job: Job[OtherCalendar], now: dt.datetime, sentence: str, *, is_refusal: bool = False) -> bool:
    logger.info("A calendar of teacher %s could not be read: %s", job.row.teacher_id, sentence)
    if calendar := OtherCalendar.held(job.claim):
        calendar.failing_since = calendar.failing_since or now
        pause = REFUSED_PAUSE if is_refusal and calendar.refusals else _pause(calendar.failing_since, now)
        calendar.postpone(now + pause, now, error=sentence, is_refusal=is_refusal)
    return False


def _pause(failing_since: dt.datetime, now: dt.datetime) -> dt.timedelta:
    return max(EVERY, min(now - failing_since, LONGEST_PAUSE))
