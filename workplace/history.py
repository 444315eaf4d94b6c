"""A booking's state and history as sentences."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bookings.models import Booking, BookingChange
from bookings.states import Move, Outcome, Party, Status
from bookings.stored_reasons import in_words
from workplace.moments import clock, day

BY_SOMEBODY = {
    Move.REQUEST: gettext_noop("%(who)s asked for %(time)s."),
    Move.CONFIRM: gettext_noop("%(who)s confirmed."),
    Move.RESCHEDULE: gettext_noop("%(who)s moved it to %(time)s."),
    Move.CANCEL: gettext_noop("%(who)s cancelled."),
    Move.DECLINE: gettext_noop("%(who)s declined."),
    Move.COMPLETE: gettext_noop("%(who)s noted: %(outcome)s."),
    Move.CORRECT: gettext_noop("%(who)s corrected: %(outcome)s."),
}
BY_ITSELF = {
    Move.CANCEL: gettext_noop("Cancelled automatically."),
    Move.COMPLETE: gettext_noop("The session ended."),
}


class Sentence(NamedTuple):
    at: dt.datetime
    text: str
    reason: str


def state_words(booking: Booking) -> str:
    """Return the booking's state in words."""
    return {
        Status.PENDING: _("Waits for you") if booking.awaits == Party.TEACHER else _("Waits for the student"),
        Status.CONFIRMED: _("Confirmed"),
        Status.CANCELLED: _("Cancelled"),
        Status.COMPLETED: outcome_words(booking),
    }[Status(booking.status)]


def outcome_words(booking: Booking) -> str:
    """Return how a past session went."""
    return {
        Outcome.STUDENT_ABSENT.value: _("The student did not come"),
        Outcome.TEACHER_ABSENT.value: _("The teacher did not come"),
    }.get(booking.outcome, _("Took place"))


def is_declined(booking: Booking, changes: Sequence[BookingChange]) -> bool:
    """Return True if the teacher's side called the booking off before it was agreed to."""
    last = changes[-1] if changes else None
    return last is not None and last.to_status == Status.CANCELLED and _declines(last, booking.student_id)


def _declines(change: BookingChange, student_id: uuid.UUID) -> bool:
    was_asked = change.move == Move.CANCEL and change.from_status == Status.PENDING
    return change.move == Move.DECLINE or (was_asked and change.by_id not in (None, student_id))


def sentences(booking: Booking, changes: Sequence[BookingChange]) -> list[Sentence]:
    return [Sentence(change.at, _sentence(change, booking), _reason(change)) for change in changes]


def _reason(change: BookingChange) -> str:
    """Return what somebody wrote; the reasons of an outcome are the outcome again."""
    return "" if change.move in (Move.COMPLETE, Move.CORRECT) else in_words(change.reason)


def _sentence(change: BookingChange, booking: Booking) -> str:
    who = str(change.by) if change.by else _("The system")
    words = {
        "who": who,
        "time": f"{day(change.to_start)}, {clock(change.to_start)}",
        "outcome": _(change.reason or "Took place"),
    }
    if change.by_id is None and change.move in BY_ITSELF:
        return _(BY_ITSELF[Move(change.move)])
    if change.move == Move.REQUEST and change.by_id != booking.student_id:
        return _("%(who)s booked %(time)s for the student.") % words
    if _declines(change, booking.student_id):
        return _("%(who)s declined.") % words
    return _(BY_SOMEBODY[Move(change.move)]) % words
