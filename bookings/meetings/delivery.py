"""Deliver the syncs of meetings: claim, plan what to ask of Zoom, ask it, record the outcome.

A delivery reads the booking as it is and creates, updates or deletes what is needed, so that syncs may come late,
twice, or not at all. `services.confirm` follows the same steps with a claim of its own.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Self

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from bookings import zoom_client
from bookings.constraints import violated
from bookings.locking import contended, find_locked
from bookings.meetings import pacing
from bookings.meetings.pacing import PacedError, spare_host
from bookings.meetings.plan import Agreement, Create, Update, Wanted, Wish
from bookings.meetings.steps import InDoubt, StepFailedError, carry_out, host_of
from bookings.models import ONE_BOOKING_PER_MEETING, ZOOM_FIELDS, Booking, MeetingSync
from bookings.querysets import MeetingSyncQuerySet
from bookings.states import Status
from bookings.zoom_client import ZoomClient, ZoomError, ZoomMeeting, ZoomRefused
from outbox import backoff, clock
from outbox.delivery import Courier, DeliveryFailedError, first_due
from outbox.models import Claim

logger = logging.getLogger(__name__)

GRACE = MeetingSync.GRACE
# After this many permanent refusals in a row (of a value, say) a sync stops until an operator retries it.
MOST_REFUSALS = 3
# Likewise after this many attempts without knowing whether a meeting exists: several hours.
MOST_DOUBTS = 12
LOST = gettext_noop("Zoom has repeatedly lost this booking's meeting.")
ANOTHERS = gettext_noop("Zoom's answer names the meeting of another booking.")

# SQLite names the column instead of the constraint.
MEETING_IS_TAKEN = (ONE_BOOKING_PER_MEETING, "bookings_booking.zoom_meeting_id")

WISHES = {
    Status.PENDING: Wish.NO_MEETING,
    Status.CONFIRMED: Wish.ONE_MEETING,
    Status.CANCELLED: Wish.NO_MEETING,
    Status.COMPLETED: Wish.LEAVE,
}


class Job(NamedTuple):
    """A claimed sync, with the booking as it was when claimed.

    `create_sent_at`: when an earlier create was sent whose outcome is unknown. `confirms`: the booking is to be
    confirmed with its meeting, and the claim itself has noted that a create is about to be sent.
    """

    claim: Claim
    booking: Booking
    create_sent_at: dt.datetime | None
    confirms: bool = False
    reads_back: bool = False

    @property
    def wanted(self) -> Wanted:
        booking = self.booking
        return Wanted(
            wish=Wish.ONE_MEETING if self.confirms else _wish(booking),
            meeting_id=booking.zoom_meeting_id,
            host=booking.zoom_host,
            current_host=host_of(booking),
            may_have_more=self.create_sent_at is not None,
            reads_back=self.reads_back,
        )


def _wish(booking: Booking) -> Wish:
    if booking.status == Status.PENDING and booking.zoom_meeting_id is not None:
        return Wish.LEAVE  # it was confirmed before, and keeps its meeting until it is answered again
    return WISHES[Status(booking.status)]


class OvertakenError(Exception):
    """The lease expired, and another worker has claimed the sync."""


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.ZOOM_LEASE_SECONDS)


class MeetingCourier(Courier[MeetingSync, Job]):
    model = MeetingSync

    def __init__(self, zoom: ZoomClient | None = None) -> None:
        self._zoom = zoom

    def hurried(self) -> Self:
        """Return the courier for a caller who waits: all its calls share one time limit."""
        return type(self)(zoom_client.client().within_one_limit())

    @contended
    @transaction.atomic(durable=True)
    def claim(self, rows: MeetingSyncQuerySet, now: dt.datetime) -> Job | None:  # type: ignore[override]  # of its rows
        sync = first_due(rows, now)
        if sync is None:
            return None
        claim = sync.claim(now, lease())
        booking = Booking.objects.with_people().get(pk=sync.booking_id)
        return Job(claim, booking, sync.create_sent_at, reads_back=sync.reads_back)

    def attempt(self, job: Job, now: dt.datetime) -> bool:
        try:
            agreement = self.agree(job, now)
            with self.own_meeting(job, now):
                record(job, agreement, now)
        except (OvertakenError, DeliveryFailedError):
            return False
        except PacedError as paced:
            _postpone(job, paced, now)
            return False
        return True

    def agree(self, job: Job, now: dt.datetime) -> Agreement:
        """Make Zoom agree with the booking; a failure is recorded.

        Raises DeliveryFailedError, OvertakenError, or PacedError, which only moves do.
        """
        zoom = self._zoom or zoom_client.client().within_seconds(lease().total_seconds())
        try:
            return carry_out(job.wanted, job.booking, zoom, before_write=partial(_note_write, job, now))
        except StepFailedError as failure:
            self._fail(job, failure.error, now)
            spare_host(failure.host, failure.error, now=now)
            raise DeliveryFailedError(failure.error.sentence) from failure.error

    @contextmanager
    def own_meeting(self, job: Job, now: dt.datetime) -> Iterator[None]:
        """Record in the block. Raises DeliveryFailedError if Zoom named another booking's meeting."""
        try:
            yield
        except IntegrityError as error:
            if not violated(error, MEETING_IS_TAKEN):
                raise
            doubt = InDoubt(ANOTHERS, outcome_unknown=True)
            self._fail(job, doubt, now)
            raise DeliveryFailedError(doubt.sentence) from error

    def _fail(self, job: Job, error: ZoomError, now: dt.datetime) -> None:
        logger.warning("Zoom failed for booking %s: %s", job.booking.id, error.sentence)
        _record_failure(job, error, now)


def deliver(sync_id: int, *, now: dt.datetime) -> bool:
    """Deliver one sync if it is due and free. Return whether Zoom agrees with the booking afterwards."""
    return MeetingCourier().deliver(sync_id, now=now)


def deliver_due(*, now: dt.datetime, most: int = 100) -> int:
    """Deliver what is due and free. Return how many syncs were tried."""
    return MeetingCourier().deliver_due(now=now, most=most)


def retry(sync: MeetingSync, *, now: dt.datetime) -> bool:
    """Deliver a sync at once, even one that has stopped. Return whether Zoom agrees with the booking afterwards."""
    now = clock.shared(now)
    MeetingSync.objects.filter(pk=sync.pk).retry(now)
    return MeetingCourier().hurried().deliver(sync.pk, now=now)


# --- Recording --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _note_write(job: Job, now: dt.datetime, step: Create | Update) -> None:
    """Count the write against the host's daily limit. A create's outcome is unknown until it is recorded.

    Raises OvertakenError or PacedError.
    """
    if job.confirms:
        pacing.count_create(job.booking.zoom_host, now)
    elif isinstance(step, Update):
        pacing.count_move(job.booking.zoom_host, job.booking, now)
    else:
        pacing.count_create(step.host, now)
        if not MeetingSync.objects.filter(pk=job.claim.row_id, fence=job.claim.fence).update(create_sent_at=now):
            raise OvertakenError


@contended
@transaction.atomic(durable=True)
def _postpone(job: Job, paced: PacedError, now: dt.datetime) -> None:
    if (sync := MeetingSync.held(job.claim)) is not None:
        sync.postpone(paced.until, now, error=str(paced))


@contended
@transaction.atomic(durable=True)
def record(job: Job, agreement: Agreement, now: dt.datetime) -> None:
    booking = find_locked(job.booking.id, None)
    sync = MeetingSync.held(job.claim)
    if sync is None:
        return
    before = booking.shown_meeting
    if agreement.meeting is not None:
        set_meeting(booking, agreement.meeting, agreement.host)
    elif job.wanted.wish == Wish.NO_MEETING and booking.status == job.booking.status:
        set_meeting(booking, None, agreement.host)
    if booking.shown_meeting == before:
        booking.save(update_fields=ZOOM_FIELDS)
    else:
        booking.save_changed(*ZOOM_FIELDS, now=now)
    if agreement.is_doubtful:
        sync.create_sent_at = now
    else:
        sync.clear_create(job.create_sent_at, now)
    sync.settle(job.claim, now, again_at=recheck_at(sync, now))
    if agreement.is_doubtful and sync.attempts >= MOST_DOUBTS:
        sync.stop(now, error=LOST)


def recheck_at(sync: MeetingSync, now: dt.datetime) -> dt.datetime | None:
    """Return when to look for a meeting that may still surface; None if none may."""
    if sync.create_sent_at is None:
        return None
    return min(now + backoff.grown(sync.attempts), max(now + backoff.FIRST, sync.create_sent_at + GRACE))


@contended
@transaction.atomic(durable=True)
def _record_failure(job: Job, error: ZoomError, now: dt.datetime) -> None:
    """Try again later, unless nothing is left to do or retrying cannot help."""
    booking = find_locked(job.booking.id, None)
    sync = MeetingSync.held(job.claim)
    if sync is None:
        return
    if error.outcome_unknown:
        sync.create_sent_at = now
    elif job.create_sent_at is None:
        sync.create_sent_at = None
    pause = backoff.delay(sync.attempts, asked_seconds=error.retry_after)
    sync.postpone(now + pause, now, error=error.sentence, is_refusal=isinstance(error, ZoomRefused))
    if sync.version != job.claim.version:
        return
    if booking.status == Status.PENDING and sync.create_sent_at is None:
        sync.drop(now, error=error.sentence)
        booking.host_lane = None
        booking.save(update_fields=["host_lane"])
    elif _is_hopeless(sync, error):
        sync.stop(now, error=error.sentence)


def _is_hopeless(sync: MeetingSync, error: ZoomError) -> bool:
    """Return True if retrying cannot help."""
    if isinstance(error, InDoubt):
        return sync.attempts >= MOST_DOUBTS
    return sync.refusals >= MOST_REFUSALS


def set_meeting(booking: Booking, meeting: ZoomMeeting | None, host: str) -> None:
    """Set the booking's Zoom fields; None clears them. Not saved yet."""
    if meeting is None or host != booking.zoom_host:
        booking.host_lane = None
    booking.zoom_host = host
    booking.zoom_meeting_id = meeting.id if meeting else None
    booking.zoom_join_url = meeting.join_url if meeting else None
    booking.zoom_password = meeting.password if meeting else ""
