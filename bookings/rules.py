"""Who may make which move of a booking, and when."""

import datetime as dt
from typing import TYPE_CHECKING

from accounts.models import User
from bookings.errors import BookingError, Forbidden, Refused
from bookings.states import ANSWERS, ANYTHING, FROM, MOVERS, Actor, Expected, Move, Party
from wall_clock import instants, zones

if TYPE_CHECKING:
    from bookings.models import Booking

PAST = {
    Move.CONFIRM: "confirmed",
    Move.CANCEL: "cancelled",
    Move.RESCHEDULE: "rescheduled",
    Move.COMPLETE: "completed",
    Move.DECLINE: "declined",
    Move.CORRECT: "corrected",
}
STOP_AT_START = (Move.CONFIRM, Move.CANCEL, Move.RESCHEDULE, Move.DECLINE)


def refusal(
    booking: "Booking", move: Move, *, by: User | None, now: dt.datetime, expected: Expected = ANYTHING
) -> BookingError | None:
    """Return why `by` (None: the system) may not make this move at `now`; None where they may."""
    return (
        _party_refusal(booking, move, by)
        or changed(booking, expected)
        or _status_refusal(booking, move)
        or _time_refusal(booking, move, by, now)
    )


def actor(booking: "Booking", by: User | None) -> Actor:
    """Return who `by` (None: the system) is to the booking."""
    if by is None:
        return Actor.SYSTEM
    return {booking.student_id: Actor.STUDENT, booking.teacher_id: Actor.TEACHER}.get(by.id, Actor.STAFF)


def deadline(booking: "Booking", move: Move, *, by: User | None) -> dt.datetime:
    """Return the last moment at which `by` may cancel or reschedule, as far as the time decides. UTC."""
    return booking.start_time - dt.timedelta(minutes=_notice_minutes(booking, move, by))


def _party_refusal(booking: "Booking", move: Move, by: User | None) -> Forbidden | None:
    if by is None or by.is_superuser:
        return None
    parties = {Party.STUDENT: booking.student_id, Party.TEACHER: booking.teacher_id}
    movers = (Party(booking.awaits),) if move in ANSWERS else MOVERS[move]
    if any(parties[party] == by.id for party in movers):
        return None
    if move in ANSWERS and movers != MOVERS[move]:
        return Forbidden("This booking waits for its student's answer")
    return Forbidden(f"Only {movers[0].label.lower()}s can {move.value} bookings")


def changed(booking: "Booking", expected: Expected) -> Refused | None:
    """Refuse a decision on something else than the booking as it is now."""
    wrong = []
    if expected.version not in (None, booking.version):
        wrong.append("expected_version")
    if expected.start_time is not None and not _starts_at(booking, expected.start_time):
        wrong.append("expected_start_time")
    if not wrong:
        return None
    start, end = (f"{instants.utc(moment)}" for moment in (booking.start_time, booking.end_time))
    sentence = f"It is {booking.status.lower()} now, from {start} to {end}, in version {booking.version}."
    return Refused(
        "The booking has changed since you saw it; please look again",
        code="changed",
        details={field: [sentence] for field in wrong},
    )


def _starts_at(booking: "Booking", start: dt.datetime) -> bool:
    if start.tzinfo is None:
        try:
            start = instants.instant(start, zones.load(booking.teacher.timezone))
        except (instants.SkippedTime, OverflowError):
            return False
    return start == booking.start_time


def _status_refusal(booking: "Booking", move: Move) -> Refused | None:
    if booking.status in FROM[move]:
        return None
    allowed = " or ".join(status.lower() for status in FROM[move])
    sentence = f"Only {allowed} bookings can be {PAST[move]}; this one is {booking.status.lower()}"
    return Refused(sentence, code="wrong_status")


def _time_refusal(booking: "Booking", move: Move, by: User | None, now: dt.datetime) -> Refused | None:
    if move not in STOP_AT_START:
        return Refused("The session has not begun", code="not_begun") if now < booking.start_time else None
    if by is None and move == Move.CANCEL:
        return None  # that is how an unanswered request ends
    if now >= booking.start_time:
        return Refused(f"The session can no longer be {PAST[move]}: its start has passed", code="too_late")
    if now > deadline(booking, move, by=by):
        notice = _notice_minutes(booking, move, by)
        return Refused(f"The teacher asks for {notice} minutes of notice", code="notice_too_short")
    return None


def _notice_minutes(booking: "Booking", move: Move, by: User | None) -> int:
    """Notice binds students only."""
    if by is None or by.id != booking.student_id:
        return 0
    rules = booking.teacher.rules
    notices = {Move.CANCEL: rules.cancel_notice_minutes, Move.RESCHEDULE: rules.reschedule_notice_minutes}
    return notices.get(move, 0)
