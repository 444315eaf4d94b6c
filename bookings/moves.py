"""Who may make which move with a booking, and when: the one rule, for a model and for a row of a list alike."""

import datetime as dt
import uuid
from typing import Protocol

from accounts.models import User
from bookings.errors import Forbidden, Refused
from bookings.states import FROM, MOVERS, Move, Party

PAST = {Move.CONFIRM: "confirmed", Move.CANCEL: "cancelled", Move.RESCHEDULE: "rescheduled", Move.COMPLETE: "completed"}


class Movable(Protocol):
    """What the rule needs of a booking."""

    @property
    def status(self) -> str: ...
    @property
    def start_time(self) -> dt.datetime: ...
    @property
    def student_id(self) -> uuid.UUID: ...
    @property
    def teacher_id(self) -> uuid.UUID: ...

    def notice_minutes(self, move: Move) -> int:
        """How much notice the teacher asks of students who make this move."""


def refusal(booking: Movable, move: Move, *, by: User | None, now: dt.datetime) -> Forbidden | Refused | None:
    """Return why `by` (None: the system) may not make this move at `now`; None if they may."""
    return _party_refusal(booking, move, by) or _status_refusal(booking, move) or _time_refusal(booking, move, by, now)


def _party_refusal(booking: Movable, move: Move, by: User | None) -> Forbidden | None:
    if by is None or by.is_superuser:
        return None
    movers = MOVERS[move]
    if by.id == booking.student_id and Party.STUDENT in movers:
        return None
    if by.id == booking.teacher_id and Party.TEACHER in movers:
        return None
    return Forbidden(f"Only {movers[0].label.lower()}s can {move.value} bookings")


def _status_refusal(booking: Movable, move: Move) -> Refused | None:
    if booking.status in FROM[move]:
        return None
    allowed = " or ".join(status.lower() for status in FROM[move])
    sentence = f"Only {allowed} bookings can be {PAST[move]}; this one is {booking.status.lower()}"
    return Refused(sentence, code="wrong_status")


def _time_refusal(booking: Movable, move: Move, by: User | None, now: dt.datetime) -> Refused | None:
    if move == Move.COMPLETE:
        return Refused("The session has not begun", code="not_begun") if now < booking.start_time else None
    if by is None and move == Move.CANCEL:
        return None  # that is how an unanswered request ends
    if now >= booking.start_time:
        return Refused(f"The session can no longer be {PAST[move]}: its start has passed", code="too_late")
    notice = booking.notice_minutes(move) if by is not None and by.id == booking.student_id else 0
    if booking.start_time - now < dt.timedelta(minutes=notice):
        return Refused(f"The teacher asks for {notice} minutes of notice", code="notice_too_short")
    return None
