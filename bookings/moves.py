"""Who may make which move of a booking, and when. The rule serves both models and rows of lists."""

import datetime as dt
import uuid
from typing import Protocol

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from bookings.errors import BookingError, Forbidden, Refused
from bookings.states import ANSWERS, ANYTHING, FROM, MOVERS, Actor, Expected, Move, Party, Status
from wall_clock import instants, zones

PAST = {
    Move.CONFIRM: gettext_lazy("confirmed"),
    Move.CANCEL: gettext_lazy("cancelled"),
    Move.RESCHEDULE: gettext_lazy("rescheduled"),
    Move.COMPLETE: gettext_lazy("completed"),
    Move.DECLINE: gettext_lazy("declined"),
    Move.CORRECT: gettext_lazy("corrected"),
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
        return Forbidden(gettext_lazy("This booking waits for its student's answer"))
    return Forbidden(_only_sentence(movers[0], move))


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
    sentence = _("It is %(status)s now, from %(start)s to %(end)s, in version %(version)d.") % {
        "status": _status_word(booking.status),
        "start": start,
        "end": end,
        "version": booking.version,
    }
    return Refused(
        _("The booking has changed since you saw it; please look again"),
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
    return Refused(_status_sentence(move, booking.status), code="wrong_status")


def _time_refusal(booking: Movable, move: Move, by: User | None, now: dt.datetime) -> Refused | None:
    if move not in STOP_AT_START:
        has_begun = now >= booking.start_time
        return None if has_begun else Refused(gettext_lazy("The session has not begun"), code="not_begun")
    if by is None and move == Move.CANCEL:
        return None  # unanswered requests end this way
    if now >= booking.start_time:
        return Refused(_start_sentence(move), code="too_late")
    if now > deadline(booking, move, by=by):
        return Refused(_notice_sentence(_notice_minutes(booking, move, by)), code="notice_too_short")
    return None


def _teacher_refusal(booking: Movable, move: Move) -> Refused | None:
    if move != Move.RESCHEDULE or booking.has_active_teacher:
        return None
    sentence = gettext_lazy("The teacher is no longer available; the session can only be cancelled")
    return Refused(sentence, code="teacher_inactive")


def _notice_minutes(booking: Movable, move: Move, by: User | None) -> int:
    """Return the notice that binds `by`: none but for students."""
    notice = booking.notice_minutes(move)
    # Most teachers ask for none, and comparing ids is the larger part of this.
    return notice if notice and by is not None and by.id == booking.student_id else 0


# --- Sentences, worded when they are read: a list asks for hundreds of refusals, and reads none ----------------------


def _told_only(mover: Party, move: Move) -> str:
    sentence = {
        Party.STUDENT: _("Only students can %(move)s bookings"),
        Party.TEACHER: _("Only teachers can %(move)s bookings"),
    }[mover]
    return sentence % {"move": move.label.lower()}


def _told_status(move: Move, status: str) -> str:
    words = {
        "allowed": _(" or ").join(_status_word(allowed) for allowed in FROM[move]),
        "moved": PAST[move],
        "status": _status_word(status),
    }
    return _("Only %(allowed)s bookings can be %(moved)s; this one is %(status)s") % words


def _status_word(status: str) -> str:
    return Status(status).label.lower()


def _told_start(move: Move) -> str:
    return _("The session can no longer be %(moved)s: its start has passed") % {"moved": PAST[move]}


def _told_notice(minutes: int) -> str:
    sentence = ngettext(
        "The teacher asks for %(minutes)d minutes of notice",
        "The teacher asks for %(minutes)d minutes of notice",
        minutes,
    )
    return sentence % {"minutes": minutes}


_only_sentence = lazy(_told_only, str)
_status_sentence = lazy(_told_status, str)
_start_sentence = lazy(_told_start, str)
_notice_sentence = lazy(_told_notice, str)
