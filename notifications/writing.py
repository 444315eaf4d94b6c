"""Write the messages of a move in the move's own transaction, and withdraw obsolete ones."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F

from accounts.models import User
from bookings.models import Booking, BookingChange
from bookings.states import Move, Party, Status
from database.prepared_insert import NewRows, PreparedInsert
from notifications.kinds import REMINDERS, UNANSWERED_AFTER, Kind, of_move
from notifications.models import Message

_messages = PreparedInsert(Message)


def messages_of_move(*, booking: Booking, change: BookingChange, **signal: Any) -> NewRows:
    """Receive `booking_moving`, withdraw the booking's older messages, and return the new ones."""
    now, move = change.at, Move(change.move)
    if move != Move.REQUEST:
        _withdraw_open(booking, now)
    # The next round of due jobs sends them, so no request waits for mail or the broker.
    return _messages, [*_told_now(booking, change), *_told_later(booking, move, now)]


def _withdraw_open(booking: Booking, now: dt.datetime) -> None:
    """Withdraw unsent messages: the later move's message includes their content."""
    Message.objects.open().filter(booking=booking).exclude(leased_until__gt=now).update(done_at=now)


def _told_now(booking: Booking, change: BookingChange) -> Iterator[dict[str, Any]]:
    told = of_move(Move(change.move), by_system=change.by_id is None)
    if told is not None:
        old_start = change.from_start if told.kind == Kind.MOVED else None
        for party in told.parties:
            yield _message(booking, told.kind, _person(booking, party), change.at, change.at, old_start=old_start)


def _told_later(booking: Booking, move: Move, now: dt.datetime) -> Iterator[dict[str, Any]]:
    if booking.status == Status.PENDING and now + UNANSWERED_AFTER < booking.start_time:
        yield _message(booking, Kind.UNANSWERED, _person(booking, Party(booking.awaits)), now, now + UNANSWERED_AFTER)
    if booking.status == Status.CONFIRMED:
        yield from _reminders(booking, now)
    if move == Move.COMPLETE and booking.took_place:
        yield _message(booking, Kind.FEEDBACK_INVITED, booking.student, now, now)


def _reminders(booking: Booking, now: dt.datetime) -> Iterator[dict[str, Any]]:
    for kind, before in REMINDERS.items():
        due_at = booking.start_time - before
        if due_at > now:  # else it would arrive with the confirmation
            for person in (booking.student, booking.teacher):
                yield _message(booking, kind, person, now, due_at)


def _message(
    booking: Booking,
    kind: Kind,
    recipient: User | None,
    now: dt.datetime,
    due_at: dt.datetime,
    *,
    old_start: dt.datetime | None = None,
) -> dict[str, Any]:
    return {
        "booking_id": booking.pk,
        "kind": kind,
        "recipient_id": recipient.pk if recipient else None,
        "booking_version": booking.version,
        "old_start": old_start,
        "created_at": now,
        "due_at": due_at,
    }


def _person(booking: Booking, party: Party) -> User:
    return booking.student if party == Party.STUDENT else booking.teacher


def announce_zoom_problems(*, now: dt.datetime, most: int = 100) -> int:
    """Write a message to the school for each booking whose sync has stopped.

    Return how many were written.
    """
    found: Iterable[Booking] = Booking.objects.filter(
        meeting_syncs__done_at=None, meeting_syncs__stopped_at__isnull=False
    ).exclude(messages__kind=Kind.ZOOM_PROBLEM, messages__booking_version=F("version"))[:most]
    return len(
        Message.objects.bulk_create(Message(**_message(each, Kind.ZOOM_PROBLEM, None, now, now)) for each in found)
    )
