"""Confirm a request: its meeting is made, and with it the booking is confirmed.

The same road as every delivery: claim in one transaction, ask Zoom outside of any, record in a second one.
"""

import datetime as dt
import uuid

from django.db import transaction

from accounts.models import User
from bookings.errors import Refused, ZoomFailed
from bookings.locking import contended, find_locked
from bookings.meetings import delivery
from bookings.meetings.delivery import Job, MeetingCourier
from bookings.meetings.plan import Agreement
from bookings.meetings.steps import host_of
from bookings.models import ZOOM_FIELDS, Booking, MeetingSync
from bookings.states import ANYTHING, Expected, Move, Status
from outbox.delivery import DeliveryFailedError
from outbox.states import State


def confirm_booking(*, booking_id: uuid.UUID, by: User, now: dt.datetime, expected: Expected = ANYTHING) -> Booking:
    """Whoever was asked agrees: the booking is confirmed exactly when it has its meeting.

    Raises Missing, Forbidden, Refused (also while another confirmation is under way), Busy, or ZoomFailed, after which
    the booking is pending as before and can be confirmed again.
    """
    job = _claim(booking_id, by, now, expected)
    courier = MeetingCourier().hurried()
    try:
        agreement = courier.agree(job, now)
    except DeliveryFailedError as error:
        raise ZoomFailed(f"Failed to create Zoom meeting: {error.sentence}") from error
    booking = _record(job, agreement, by, now, expected)
    courier.deliver(job.claim.row_id, now=now)
    booking.refresh_from_db()
    if booking.status != Status.CONFIRMED:
        raise booking.refusal(Move.CONFIRM, by=by, now=now, expected=expected) or Refused(
            "The booking has changed; please look again"
        )
    return booking


@contended
@transaction.atomic(durable=True)
def _claim(booking_id: uuid.UUID, by: User, now: dt.datetime, expected: Expected) -> Job:
    booking = find_locked(booking_id, by)
    if refusal := booking.refusal(Move.CONFIRM, by=by, now=now, expected=expected):
        raise refusal
    sync = MeetingSync.objects.locked_for(booking) or MeetingSync(booking=booking, created_at=now, due_at=now)
    if sync.state(now) == State.DELIVERING:
        raise Refused("This booking is being confirmed; please look again in a moment", code="being_confirmed")
    create_sent_at, sync.create_sent_at = sync.create_sent_at, now
    claim = sync.claim(now, delivery.lease())
    if create_sent_at is None and booking.zoom_meeting_id is None:
        booking.zoom_host = host_of(booking)
        booking.save(update_fields=["zoom_host"])
    return Job(claim, booking, create_sent_at, confirms=True)


@contended
@transaction.atomic(durable=True)
def _record(job: Job, agreement: Agreement, by: User, now: dt.datetime, expected: Expected) -> Booking:
    """Write the meeting down. A booking that was cancelled meanwhile keeps its status; the next delivery deletes.

    So does one that is no longer as the caller expected: it keeps the meeting for the next confirmation.
    """
    booking = find_locked(job.booking.id, None)
    sync = MeetingSync.held(job.claim)
    if sync is None:
        raise Refused("Another confirmation took over; please look again in a moment", code="being_confirmed")
    if agreement.meeting is not None:  # else it has had one all along, which is now at the booking's time
        delivery.set_meeting(booking, agreement.meeting, agreement.host)
    if booking.status == Status.PENDING and booking.is_as(expected):
        booking.confirm(by=by, now=now)
    else:
        booking.save(update_fields=ZOOM_FIELDS)
    if agreement.is_doubtful:
        sync.create_sent_at = now
    else:
        sync.clear_create(job.create_sent_at, now)
    again_at = delivery.recheck_at(sync, now) if booking.status == Status.CONFIRMED else now
    sync.settle(job.claim, now, again_at=again_at)
    return booking
