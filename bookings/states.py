"""The life of a booking: its statuses, the moves between them, and who may make each. The only such table."""

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a booking stands."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    COMPLETED = "COMPLETED"


class Move(TextChoices):
    """What can happen to a booking."""

    REQUEST = "request"
    CONFIRM = "confirm"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    COMPLETE = "complete"


class Party(TextChoices):
    """Who stands in what relation to a booking."""

    STUDENT = "student"
    TEACHER = "teacher"


# A live booking holds its time: for these the database refuses an overlap.
LIVE = (Status.PENDING, Status.CONFIRMED)

FROM: dict[Move, tuple[Status, ...]] = {
    Move.CONFIRM: (Status.PENDING,),
    Move.RESCHEDULE: LIVE,
    Move.CANCEL: LIVE,
    Move.COMPLETE: (Status.CONFIRMED,),
}

# Absent: the status stays.
TO: dict[Move, Status] = {
    Move.CONFIRM: Status.CONFIRMED,
    Move.CANCEL: Status.CANCELLED,
    Move.COMPLETE: Status.COMPLETED,
}

MOVERS: dict[Move, tuple[Party, ...]] = {
    Move.CONFIRM: (Party.TEACHER,),
    Move.RESCHEDULE: (Party.STUDENT, Party.TEACHER),
    Move.CANCEL: (Party.STUDENT, Party.TEACHER),
    Move.COMPLETE: (Party.TEACHER,),
}


def has_meeting(meeting_id: str | None, status: str) -> bool:
    """Whether there is a meeting to show. That of a cancelled booking is gone, or about to be."""
    return meeting_id is not None and status in (Status.CONFIRMED, Status.COMPLETED)
