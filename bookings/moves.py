"""Who may make which move of a booking, and when. The rule serves both models and rows of lists."""

import datetime as dt
import uuid
from typing import Protocol

from accounts.models import User
from bookings.errors import BookingError, Forbidden, Refused
from bookings.states import ANSWERS, ANYTHING, FROM, MOVERS, Actor, Expected, Move, Party
from wall_clock import instants, zones

PAST = {
    Move.CONFIRM: "confirmed",
    Move.CANCEL: "cancelled",
    Move.RESCHEDULE: "rescheduled",
    Move.COMPLETE: "completed",
    Move.DECLINE: "declined",
    Move.CORRECT: "corrected",
}
STOP_AT_START = (Move.CONFIRM, Move.CANCEL, Move.RESCHEDULE, Move.DECLINE)


class Movable(Protocol):
    """What the rule needs of a booking."""

    @property
    def status(self) -> str: ...
    @property
    def start_time(self) -> dt.datetime: ...
    @property
    def end_time(self) -> dt.datetime: ...
    @property
    def student_id(self) -> uuid.UUID: ...
    @property
    def teacher_id(self) -> uuid.UUID: ...
    @property
    def teacher_timezone(self) -> str: ...
    @property
    def has_active_teacher(self) -> bool: ...
    @property
    def awaits(self) -> str: ...
    @property
    def version(self) -> int: ...

    def notice_minutes(self, move: Move) -> int:
        """Return the notice that the teacher asks of students for this move."""


def refusal(
    booking: Movable, move: Move, *, by: User | None, now: dt.datetime, expected: Expected = ANYTHING
) -> BookingError | None:
    """Return why `by` (None: the system) may not make this move at `now`; None if they may."""
    return (
        _party_refusal(booking, move, by)
        or changed(booking, expected)
        or _status_refusal(booking, move)
        or _time_refusal(booking, move, by, now)
        or _teacher_refusal(booking, move)
    )


def actor(booking: Movable, by: User | None) -> Actor:
    """Return who `by` (None: the system) is to the booking."""
    if by is None:
        return Actor.SYSTEM
    return {booking.student_id: Actor.STUDENT, booking.teacher_id: Actor.TEACHER}.get(by.id, Actor.STAFF)


def deadline(booking: Movable, move: Move, *, by: User | None) -> dt.datetime:
    """Return the last moment at which `by` may cancel or reschedule, by time alone. UTC."""
    notice = _notice_minutes(booking, move, by)
    return booking.start_time - dt.timedelta(minutes=notice) if notice else booking.start_time


def allowed_until(booking: Movable, move: Move, *, by: User, now: dt.datetime) -> dt.datetime | None:
    """Return until when `by` may cancel or reschedule; None if they may not at `now`. UTC."""
    return deadline(booking, move, by=by) if refusal(booking, move, by=by, now=now) is None else None


def _party_refusal(booking: Movable, move: Move, by: User | None) -> Forbidden | None:
    if by is None or by.is_superuser:
        return None
    movers = (Party(booking.awaits),) if move in ANSWERS else MOVERS[move]
    if by.id == booking.student_id and Party.STUDENT in movers:
        return None
    if by.id == booking.teacher_id and Party.TEACHER in movers:
        return None
    if move in ANSWERS and movers != MOVERS[move]:
        return Forbidden("This booking waits for its student's answer")
    return Forbidden(f"Only {movers[0].label.lower()}s can {move.value} bookings")


def changed(booking: Movable, expected: Expected) -> Refused | None:
    """Refuse a decision that was made on another version of the booking."""
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


def _starts_at(booking: Movable, start: dt.datetime) -> bool:
    if start.tzinfo is None:
        try:
            start = instants.instant(start, zones.load(booking.teacher_timezone))
        except (instants.SkippedTime, OverflowError):
            return False
    return start == booking.start_time


def _status_refusal(booking: Movable, move: Move) -> Refused | None:
    if booking.status in FROM[move]:
        return None
    allowed = " or ".join(status.lower() for status in FROM[move])
    sentence = f"Only {allowed} bookings can be {PAST[move]}; this one is {booking.status.lower()}"
    return Refused(sentence, code="wrong_status")


def _time_refusal(booking: Movable, move: Move, by: User | None, now: dt.datetime) -> Refused | None:
    if move not in STOP_AT_START:
        return Refused("The session has not begun", code="not_begun") if now < booking.start_time else None
    if by is None and move == Move.CANCEL:
        return None  # unanswered requests end this way
    if now >= booking.start_time:
        return Refused(f"The session can no longer be {PAST[move]}: its start has passed", code="too_late")
    if now > deadline(booking, move, by=by):
        notice = _notice_minutes(booking, move, by)
        return Refused(f"The teacher asks for {notice} minutes of notice", code="notice_too_short")
    return None


def _teacher_refusal(booking: Movable, move: Move) -> Refused | None:
    if move != Move.RESCHEDULE or booking.has_active_teacher:
        return None
    return Refused("The teacher is no longer available; the session can only be cancelled", code="teacher_inactive")


def _notice_minutes(booking: Movable, move: Move, by: User | None) -> int:
    """Return the notice that binds `by`: none but for students."""
    return booking.notice_minutes(move) if by is not None and by.id == booking.student_id else 0
