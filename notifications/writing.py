"""Write the messages of a move in the move's own transaction, and withdraw those that it overtakes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import F

from accounts.models import User
from bookings.models import Booking, BookingChange
from bookings.states import Move, Party, Status
from notifications.kinds import REMINDERS, UNANSWERED_AFTER, Kind, of_move
from notifications.models import Message
from outbox import dispatch


def write_messages(*, booking: Booking, change: BookingChange, **signal: Any) -> None:
    """Receive `booking_moved`."""
    now, move = change.at, Move(change.move)
    _withdraw_open(booking, now)
    told = of_move(move, by_system=change.by_id is None)
    if told is not None:
        for party in told.parties:
            _write(booking, told.kind, _person(booking, party), now=now, due_at=now, old_start=change.from_start)
    _write_later(booking, move, now)


def _withdraw_open(booking: Booking, now: dt.datetime) -> None:
    """A later move says all that an unsent message would have said, and more."""
    Message.objects.open().filter(booking=booking).exclude(leased_until__gt=now).update(done_at=now)


def _write_later(booking: Booking, move: Move, now: dt.datetime) -> None:
    if booking.status == Status.PENDING and now + UNANSWERED_AFTER < booking.start_time:
        _write(booking, Kind.UNANSWERED, _awaited(booking), now=now, due_at=now + UNANSWERED_AFTER)
    if booking.status == Status.CONFIRMED:
        for kind, before in REMINDERS.items():
            _remind(booking, kind, booking.start_time - before, now)
    if move == Move.COMPLETE and booking.took_place:
        _write(booking, Kind.FEEDBACK_INVITED, booking.student, now=now, due_at=now)


def _remind(booking: Booking, kind: Kind, at: dt.datetime, now: dt.datetime) -> None:
    if at <= now:
        return  # it would come with the confirmation
    for person in (booking.student, booking.teacher):
        _write(booking, kind, person, now=now, due_at=at)


def _write(
    booking: Booking,
    kind: Kind,
    recipient: User | None,
    *,
    now: dt.datetime,
    due_at: dt.datetime,
    old_start: dt.datetime | None = None,
) -> None:
    message = Message.objects.create(
        booking=booking,
        kind=kind,
        recipient=recipient,
        booking_version=booking.version,
        old_start=old_start if kind == Kind.MOVED else None,
        created_at=now,
        due_at=due_at,
    )
    if due_at <= now:
        # Nobody waits for mail: without a broker the worker's next round sends it.
        dispatch.after_commit(message, now=now, is_urgent=False)


def _person(booking: Booking, party: Party) -> User:
    return booking.student if party == Party.STUDENT else booking.teacher


def _awaited(booking: Booking) -> User:
    return _person(booking, Party(booking.awaits))


def announce_zoom_problems(*, now: dt.datetime, most: int = 100) -> int:
    """Write a message to the school for each booking whose meeting has stopped being kept in agreement.

    Return how many were written.
    """
    found: Iterable[Booking] = Booking.objects.filter(
        meeting_syncs__done_at=None, meeting_syncs__stopped_at__isnull=False
    ).exclude(messages__kind=Kind.ZOOM_PROBLEM, messages__booking_version=F("version"))[:most]
    written = list(found)
    for booking in written:
        _write(booking, Kind.ZOOM_PROBLEM, None, now=now, due_at=now)
    return len(written)
