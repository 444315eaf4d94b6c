"""Confirm a request together with creating its Zoom meeting.

Like every delivery: claim in one transaction, call Zoom outside of any, record in a second one.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from functools import partial

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User
from bookings.constraints import violated
from bookings.errors import BookingError, Refused, ZoomFailed
from bookings.locking import contended, find_locked
from bookings.meetings import delivery
from bookings.meetings.delivery import Job, MeetingCourier
from bookings.meetings.plan import Agreement
from bookings.meetings.turns import turns
from bookings.models import NO_HOST_OVERLAP, ZOOM_FIELDS, Booking, MeetingSync
from bookings.scheduling import hosts
from bookings.scheduling.slots import Span
from bookings.states import ANYTHING, Expected, Move, Status
from outbox import background, clock
from outbox.delivery import DeliveryFailedError
from outbox.states import State

logger = logging.getLogger(__name__)

MOST_PLACES_TRIED = 3
NO_HOST = gettext_lazy("No Zoom host is free at the time of this session")


def confirm_booking(*, booking_id: uuid.UUID, by: User, now: dt.datetime, expected: Expected = ANYTHING) -> Booking:
    """Confirm the booking as the party that was asked: it is confirmed if and only if it gets its meeting.

    Raises Missing, Forbidden, Refused (also while another confirmation is under way), Busy (also while many wait for
    Zoom), or ZoomFailed, after which the booking is pending as before and can be confirmed again.
    """
    with turns().take():
        return _confirm(booking_id, by, now, expected)


def confirm_later(*, booking_ids: Sequence[uuid.UUID], by: User) -> None:
    """Confirm these bookings after the response, one after the other. Refusals are logged."""
    for booking_id in booking_ids:
        background.after_answer(partial(_confirm_unattended, booking_id, by))


def _confirm_unattended(booking_id: uuid.UUID, by: User) -> None:
    try:
        _confirm(booking_id, by, clock.now(), ANYTHING)
    except BookingError as error:
        logger.warning("Booking %s was not confirmed: %s", booking_id, error.sentence)


def _confirm(booking_id: uuid.UUID, by: User, now: dt.datetime, expected: Expected) -> Booking:
    at = clock.shared(now)
    job = _claim_with_host(booking_id, by, now, at, expected)
    courier = MeetingCourier().hurried()
    try:
        agreement = courier.agree(job, at)
        with courier.own_meeting(job, at):
            booking = _record(job, agreement, by, now, at, expected)
    except DeliveryFailedError as error:
        sentence = gettext("Failed to create Zoom meeting: %(reason)s") % {"reason": gettext(error.sentence)}
        raise ZoomFailed(sentence) from error
    courier.deliver(job.claim.row_id, now=at)
    booking.refresh_from_db()
    if booking.status != Status.CONFIRMED:
        raise booking.refusal(Move.CONFIRM, by=by, now=now, expected=expected) or Refused(
            gettext("The booking has changed; please look again")
        )
    return booking


def _claim_with_host(booking_id: uuid.UUID, by: User, now: dt.datetime, at: dt.datetime, expected: Expected) -> Job:
    """Claim; look for a host again if another session has just taken the place."""
    for _ in range(MOST_PLACES_TRIED):
        try:
            return _claim(booking_id, by, now, at, expected)
        except IntegrityError as error:
            if not violated(error, (NO_HOST_OVERLAP,)):
                raise
    raise Refused(NO_HOST, code="no_host_free")


@contended
@transaction.atomic(durable=True)
def _claim(booking_id: uuid.UUID, by: User, now: dt.datetime, at: dt.datetime, expected: Expected) -> Job:
    """Claim the booking's sync at `at`, by the clock that all processes share; `now` is the caller's own."""
    booking = find_locked(booking_id, by)
    if refusal := booking.refusal(Move.CONFIRM, by=by, now=now, expected=expected):
        raise refusal
    sync = MeetingSync.objects.locked_for(booking) or MeetingSync(booking=booking, created_at=at, due_at=at)
    if sync.state(at) == State.DELIVERING:
        sentence = gettext("This booking is being confirmed; please look again in a moment")
        raise Refused(sentence, code="being_confirmed")
    create_sent_at, sync.create_sent_at = sync.create_sent_at, at
    claim = sync.claim(at, delivery.lease())
    if create_sent_at is None and booking.zoom_meeting_id is None:
        span = Span(booking.start_time, booking.end_time)
        place = hosts.place_for(booking.teacher, span, now=at, ignoring=booking.id)
        if place is None:
            raise Refused(NO_HOST, code="no_host_free")
        booking.zoom_host, booking.host_lane = place
        booking.save(update_fields=["zoom_host", "host_lane"])
    return Job(claim, booking, create_sent_at, confirms=True)


@contended
@transaction.atomic(durable=True)
def _record(job: Job, agreement: Agreement, by: User, now: dt.datetime, at: dt.datetime, expected: Expected) -> Booking:
    """Record the meeting. A booking cancelled meanwhile stays cancelled; the next delivery deletes the meeting.

    A booking that is no longer as the caller expected keeps its status, and the meeting for the next confirmation.
    """
    booking = find_locked(job.booking.id, None)
    sync = MeetingSync.held(job.claim)
    if sync is None:
        sentence = gettext("Another confirmation took over; please look again in a moment")
        raise Refused(sentence, code="being_confirmed")
    if agreement.meeting is not None:  # else it already had one, which is now at the booking's time
        delivery.set_meeting(booking, agreement.meeting, agreement.host)
    if booking.status == Status.PENDING and booking.is_as(expected):
        booking.confirm(by=by, now=now)
    else:
        booking.save(update_fields=ZOOM_FIELDS)
    if agreement.is_doubtful:
        sync.create_sent_at = at
    else:
        sync.clear_create(job.create_sent_at, at)
    again_at = delivery.recheck_at(sync, at) if booking.status == Status.CONFIRMED else at
    sync.settle(job.claim, at, again_at=again_at)
    return booking
