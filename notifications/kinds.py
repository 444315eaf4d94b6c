"""Kinds of messages: which move sends which, and to whom. The only such table."""

import datetime as dt
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bookings.states import Move, Party, Status

BOTH = (Party.STUDENT, Party.TEACHER)


class Kind(TextChoices):
    REQUESTED = "requested", _("A session was requested")
    CONFIRMED = "confirmed", _("A session was confirmed")
    DECLINED = "declined", _("A request was declined")
    CANCELLED = "cancelled", _("A session was cancelled")
    EXPIRED = "expired", _("A request expired unanswered")
    MOVED = "moved", _("A session was moved")
    UNANSWERED = "unanswered", _("A request still waits for an answer")
    DAY_BEFORE = "day_before", _("Reminder, a day before")
    HOUR_BEFORE = "hour_before", _("Reminder, an hour before")
    FEEDBACK_INVITED = "feedback", _("Feedback is invited")
    ZOOM_PROBLEM = "zoom_problem", _("Zoom needs attention")


class Told(NamedTuple):
    """The message of a move, and its recipients."""

    kind: Kind
    parties: tuple[Party, ...]


# For cancellations by the system (unanswered requests) see `of_move`.
TOLD: dict[Move, Told] = {
    Move.REQUEST: Told(Kind.REQUESTED, BOTH),
    Move.CONFIRM: Told(Kind.CONFIRMED, BOTH),
    Move.DECLINE: Told(Kind.DECLINED, BOTH),
    Move.CANCEL: Told(Kind.CANCELLED, BOTH),
    Move.RESCHEDULE: Told(Kind.MOVED, BOTH),
}

UNANSWERED_AFTER = dt.timedelta(days=1)
REMINDERS = {Kind.DAY_BEFORE: dt.timedelta(days=1), Kind.HOUR_BEFORE: dt.timedelta(hours=1)}

# A message is sent only while its booking is as the message says: at the same version, or in one of these statuses.
FITS_STATUS: dict[Kind, tuple[Status, ...]] = {
    Kind.UNANSWERED: (Status.PENDING,),
    Kind.DAY_BEFORE: (Status.CONFIRMED,),
    Kind.HOUR_BEFORE: (Status.CONFIRMED,),
    Kind.FEEDBACK_INVITED: (Status.COMPLETED,),
}

# What people can unsubscribe from. The rest they need to know.
OPTIONAL = (Kind.DAY_BEFORE, Kind.HOUR_BEFORE, Kind.FEEDBACK_INVITED)

# Messages that carry an invitation for the recipient's calendar, or take it back.
INVITES = (Kind.CONFIRMED, Kind.MOVED)
WITHDRAWS = (Kind.CANCELLED, Kind.DECLINED, Kind.EXPIRED)


def of_move(move: Move, *, by_system: bool) -> Told | None:
    """Return the message of the move; None if it has none."""
    if move == Move.CANCEL and by_system:
        return Told(Kind.EXPIRED, BOTH)
    return TOLD.get(move)
