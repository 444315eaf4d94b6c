"""The life of a booking: its statuses, the moves between them, and who may make each. The only such table."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Status of a booking."""

    PENDING = "PENDING", _("Pending")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    CANCELLED = "CANCELLED", _("Cancelled")
    COMPLETED = "COMPLETED", _("Completed")


class Move(TextChoices):
    """Moves of a booking."""

    REQUEST = "request", _("Request")
    CONFIRM = "confirm", _("Confirm")
    RESCHEDULE = "reschedule", _("Reschedule")
    CANCEL = "cancel", _("Cancel")
    COMPLETE = "complete", _("Complete")
    DECLINE = "decline", _("Decline")
    CORRECT = "correct", _("Correct")


class Party(TextChoices):
    """The two people of a booking."""

    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")


class Actor(TextChoices):
    """Who made a move."""

    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", _("System")


class Outcome(TextChoices):
    """How a past session went."""

    TOOK_PLACE = "took_place", _("Took place")
    STUDENT_ABSENT = "student_absent", _("The student did not come")
    TEACHER_ABSENT = "teacher_absent", _("The teacher did not come")

    @property
    def in_english(self) -> str:
        """The outcome as the history stores it, whatever language the caller reads."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(self.label)


class Expected(NamedTuple):
    """The booking as the caller last saw it. None: not given.

    A `start_time` without an offset is read by the teacher's clock.
    """

    version: int | None = None
    start_time: dt.datetime | None = None


ANYTHING = Expected()

# A live booking holds its time: the database refuses overlaps of these.
LIVE = (Status.PENDING, Status.CONFIRMED)
ENDED = tuple(status for status in Status if status not in LIVE)

FROM: dict[Move, tuple[Status, ...]] = {
    Move.CONFIRM: (Status.PENDING,),
    Move.RESCHEDULE: LIVE,
    Move.CANCEL: LIVE,
    Move.COMPLETE: (Status.CONFIRMED,),
    Move.DECLINE: (Status.PENDING,),
    Move.CORRECT: (Status.COMPLETED,),
}

# Absent: the status stays, unless the teacher must agree to a move again (below).
TO: dict[Move, Status] = {
    Move.CONFIRM: Status.CONFIRMED,
    Move.CANCEL: Status.CANCELLED,
    Move.COMPLETE: Status.COMPLETED,
    Move.DECLINE: Status.CANCELLED,
}

# What a confirmed booking becomes when its student moves it, if the teacher wants to agree to every time.
REOPENED = Status.PENDING

MOVERS: dict[Move, tuple[Party, ...]] = {
    Move.CONFIRM: (Party.TEACHER,),
    Move.RESCHEDULE: (Party.STUDENT, Party.TEACHER),
    Move.CANCEL: (Party.STUDENT, Party.TEACHER),
    Move.COMPLETE: (Party.TEACHER,),
    Move.DECLINE: (Party.TEACHER,),
    Move.CORRECT: (Party.TEACHER,),
}

# Answers to a request, made by the party that the booking awaits: its teacher, unless the teacher asked the student.
ANSWERS = (Move.CONFIRM, Move.DECLINE)


def has_meeting(meeting_id: str | None, status: str) -> bool:
    """Return True if there is a meeting to show. A cancelled booking's is gone, or about to be."""
    return meeting_id is not None and status in (Status.CONFIRMED, Status.COMPLETED)
