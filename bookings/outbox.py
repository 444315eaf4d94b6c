"""Makes Zoom agree with the bookings, never inside a transaction. What is said to Zoom is in `meetings`.

Three steps, always: a short transaction claims an event (a lease for as long as a delivery may take, and a fence),
then Zoom is called, then a second short transaction writes down the outcome if the fence is still the claim's own.
A delivery reads the booking as it is and creates, updates or deletes what is needed, so that events may come late,
twice, or not at all.
"""

import datetime as dt
import logging
import uuid
from functools import partial
from typing import Any

from django.db import transaction

from accounts.models import User
from bookings import claims, meetings, pauses, zoom_client
from bookings.claims import Claim
from bookings.errors import Refused, ZoomFailed
from bookings.meetings import Agreement, InDoubt
from bookings.models import ZOOM_FIELDS, Booking, OutboxEvent
from bookings.querysets import OutboxEventQuerySet
from bookings.services import contended, event_due, find_locked
from bookings.states import Move, Status
from bookings.zoom_client import ZoomClient, ZoomError, ZoomMeeting, ZoomRefused

logger = logging.getLogger(__name__)

# How long a meeting that was asked for may still appear: Zoom's timeouts, and the lag of its lists.
GRACE = dt.timedelta(minutes=10)
# A booking that changes while its event is delivered is delivered again at once, but not for ever.
MOST_ROUNDS = 3
# So often Zoom may refuse a delivery for good (a value, say) before it waits for somebody to look.
MOST_REFUSALS = 3
# So many attempts may have left it in doubt whether a meeting is there: some hours of them.
MOST_DOUBTS = 12


# --- Confirming -------------------------------------------------------------------------------------------------------


def confirm_booking(*, booking_id: uuid.UUID, by: User, now: dt.datetime) -> Booking:
    """The teacher agrees: a meeting is made, and with it the booking is confirmed.

    Raises Missing, Forbidden, Refused (also while another confirmation is under way), Busy, or ZoomFailed, after which
    the booking is pending as before and can be confirmed again.
    """
    claim = _claim_confirmation(booking_id, by, now)
    zoom = zoom_client.client().within_one_limit()
    try:
        meeting = meetings.adopt_or_create(claim.booking, zoom, may_have_more=claim.may_have_more)
    except ZoomError as error:
        _note_failure(claim, error, now)
        raise ZoomFailed(f"Failed to create Zoom meeting: {error.sentence}") from error
    booking = _finish_confirmation(claim, meeting, by, now)
    deliver(claim.event_id, now=now, zoom=zoom)
    booking.refresh_from_db()
    if booking.status != Status.CONFIRMED:
        raise booking.refusal(Move.CONFIRM, by=by, now=now) or Refused("The booking has changed; please look again")
    return booking


@contended
@transaction.atomic(durable=True)
def _claim_confirmation(booking_id: uuid.UUID, by: User, now: dt.datetime) -> Claim:
    booking = find_locked(booking_id, by)
    if refusal := booking.refusal(Move.CONFIRM, by=by, now=now):
        raise refusal
    event = OutboxEvent.objects.locked_for(booking)
    if event is None:
        event = OutboxEvent(booking=booking, created_at=now, due_at=now)
    elif event.leased_until is not None and event.leased_until > now:
        raise Refused("This booking is being confirmed; please look again in a moment", code="being_confirmed")
    claim = Claim(event.pk, event.fence + 1, event.version, booking, event.create_sent_at)
    claims.lease(event, now)
    event.create_sent_at = now
    event.stopped_at = None
    event.save()
    if claim.create_sent_at is None:
        booking.zoom_host = meetings.host_of(booking)
        booking.save(update_fields=["zoom_host"])
    return claim._replace(event_id=event.pk)


@contended
@transaction.atomic(durable=True)
def _finish_confirmation(claim: Claim, meeting: ZoomMeeting, by: User, now: dt.datetime) -> Booking:
    """Writes the meeting down. A booking that was called off meanwhile keeps its status; the next delivery deletes."""
    booking = find_locked(claim.booking.id, None)
    event = claims.own_event(claim)
    if event is None:
        raise Refused("Another confirmation took over; please look again in a moment", code="being_confirmed")
    _set_meeting(booking, meeting, claim.booking.zoom_host)
    if booking.status == Status.PENDING:
        booking.confirm(by=by, now=now)
    else:
        booking.save(update_fields=ZOOM_FIELDS)
    _forget_create(event, claim, now)
    _release(event, claim, now, is_settled=booking.status == Status.CONFIRMED)
    return booking


# --- Delivering -------------------------------------------------------------------------------------------------------


def deliver(event_id: int, *, now: dt.datetime, zoom: ZoomClient | None = None) -> bool:
    """Delivers one event if it is due and free. Whether Zoom agrees with the booking afterwards."""
    zoom = zoom or zoom_client.client()
    event = OutboxEvent.objects.filter(pk=event_id)
    for _ in range(MOST_ROUNDS):
        claim = _claim(event, now)
        if claim is None or not _attempt(claim, now, zoom):
            break
    return not event.open().exists()


def deliver_due(*, now: dt.datetime, due_by: dt.datetime | None = None, most: int = 100) -> int:
    """Delivers what is due (and was so at `due_by`) and nobody else is at, at most that many; how many were tried."""
    events = OutboxEvent.objects.filter(due_at__lte=due_by or now)
    for tried in range(most):
        claim = _claim(events, now)
        if claim is None:
            return tried
        _attempt(claim, now, zoom_client.client())
    return most


def end_pauses(*, now: dt.datetime) -> int:
    """Makes due what waits after a failure; how much it was. What has stopped stays so."""
    return OutboxEvent.objects.open().filter(due_at__gt=now, stopped_at=None).update(due_at=now)


def retry(event: OutboxEvent, *, now: dt.datetime) -> bool:
    """Delivers an event at once, also one that has stopped. Whether Zoom agrees with the booking afterwards."""
    OutboxEvent.objects.open().filter(pk=event.pk).update(due_at=now, stopped_at=None, refusals=0)
    return deliver(event.pk, now=now, zoom=zoom_client.client().within_one_limit())


def on_event_due(*, event_id: int, now: dt.datetime, is_urgent: bool, **_: Any) -> None:
    """Right after the commit that left an urgent event: tries it once. What fails stays due."""
    if is_urgent:
        deliver(event_id, now=now, zoom=zoom_client.client().within_one_limit())


def listen() -> None:
    """Connects this module to what services announce."""
    event_due.connect(on_event_due, dispatch_uid="bookings.outbox")


@contended
@transaction.atomic(durable=True)
def _claim(events: OutboxEventQuerySet, now: dt.datetime) -> Claim | None:
    """The first of these events that is due and free. What another is just claiming is passed over, not waited for;
    SQLite has no such lock and needs none, because one transaction writes at a time.
    """
    event = events.due(now).select_for_update(skip_locked=True).first()
    if event is None:
        return None
    claims.lease(event, now)
    event.save(update_fields=["fence", "attempts", "leased_until", "create_sent_at"])
    booking = Booking.objects.with_people().get(pk=event.booking_id)
    return Claim(event.pk, event.fence, event.version, booking, event.create_sent_at)


def _attempt(claim: Claim, now: dt.datetime, zoom: ZoomClient) -> bool:
    """Delivers a claimed event. Whether Zoom took all of it."""
    before_create = partial(claims.note_create, claim, now)
    try:
        agreed = meetings.agree(claim.booking, zoom, may_have_more=claim.may_have_more, before_create=before_create)
    except claims.OvertakenError:
        return False
    except ZoomError as error:
        _note_failure(claim, error, now)
        return False
    _settle(claim, agreed, now)
    return True


# --- Writing down -----------------------------------------------------------------------------------------------------


@contended
@transaction.atomic(durable=True)
def _settle(claim: Claim, agreed: Agreement, now: dt.datetime) -> None:
    booking = find_locked(claim.booking.id, None)
    event = claims.own_event(claim)
    if event is None:
        return
    if agreed.meeting is not None:
        _set_meeting(booking, agreed.meeting, claim.booking.zoom_host)
    elif claim.booking.status in (Status.PENDING, Status.CANCELLED) and booking.status == claim.booking.status:
        _set_meeting(booking, None, claim.booking.zoom_host)
    booking.save(update_fields=ZOOM_FIELDS)
    if agreed.is_doubtful:
        event.create_sent_at = now
    else:
        _forget_create(event, claim, now)
    _release(event, claim, now, is_settled=True)
    if agreed.is_doubtful and event.attempts >= MOST_DOUBTS:
        _stop(event, "Zoom loses the booking's meeting again and again.", now)


def _forget_create(event: OutboxEvent, claim: Claim, now: dt.datetime) -> None:
    """After a delivery that worked: no create is in the dark, unless one before may still bring a meeting to light."""
    if claim.create_sent_at is None or now >= claim.create_sent_at + GRACE:
        event.create_sent_at = None


def _note_failure(claim: Claim, error: ZoomError, now: dt.datetime) -> None:
    logger.warning("Zoom failed for booking %s: %s", claim.booking.id, error.sentence)
    _put_off(claim, error, now)
    pauses.spare_host(claim.booking.zoom_host, error, now=now)


@contended
@transaction.atomic(durable=True)
def _put_off(claim: Claim, error: ZoomError, now: dt.datetime) -> None:
    """After a failure: tries again later, unless it is certain that there is nothing left to do."""
    booking = find_locked(claim.booking.id, None)
    event = claims.own_event(claim)
    if event is None:
        return
    event.last_error = error.sentence[:500]
    event.refusals = event.refusals + 1 if isinstance(error, ZoomRefused) else 0
    if error.outcome_unknown:
        event.create_sent_at = now
    elif claim.create_sent_at is None:
        event.create_sent_at = None
    if booking.status == Status.PENDING and event.create_sent_at is None and event.version == claim.version:
        event.done_at = now
    elif event.version == claim.version and _is_hopeless(event, error):
        event.stopped_at = now
    event.leased_until = None
    event.due_at = now + pauses.after(event.attempts, error)
    event.save()


def _is_hopeless(event: OutboxEvent, error: ZoomError) -> bool:
    """Whether trying again would come to the same: somebody must look."""
    if isinstance(error, InDoubt):
        return event.attempts >= MOST_DOUBTS
    return event.refusals >= MOST_REFUSALS


def _stop(event: OutboxEvent, why: str, now: dt.datetime) -> None:
    event.stopped_at, event.last_error = now, why
    event.save()


def _release(event: OutboxEvent, claim: Claim, now: dt.datetime, *, is_settled: bool) -> None:
    """Ends the claim: done, or due again. At once where the booking has changed; later to look for what was late."""
    event.leased_until = None
    event.stopped_at = None
    event.refusals = 0
    event.last_error = ""
    if event.version != claim.version or not is_settled:
        event.due_at = now
    elif event.create_sent_at is None:
        event.done_at = now
    else:
        event.due_at = min(now + pauses.grown(event.attempts), max(now + pauses.FIRST, event.create_sent_at + GRACE))
    event.save()


def _set_meeting(booking: Booking, meeting: ZoomMeeting | None, host: str) -> None:
    booking.zoom_host = host
    booking.zoom_meeting_id = meeting.id if meeting else None
    booking.zoom_join_url = meeting.join_url if meeting else None
    booking.zoom_password = meeting.password if meeting else ""
