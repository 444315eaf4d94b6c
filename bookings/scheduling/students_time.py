"""A student's own bookings, as they stand in the way of one more session."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from bookings.scheduling.slots import Span


class StudentsTime(NamedTuple):
    """The student's sessions around the one wanted, how many requests wait for a teacher, and how much they hold."""

    student_id: uuid.UUID
    sessions: Sequence[Span] = ()
    unanswered: int = 0
    held: dt.timedelta = dt.timedelta()

    def is_busy(self, session: Span) -> bool:
        return any(start < session.end and end > session.start for start, end in self.sessions)
