"""A student's own bookings, as they stand in the way of one more session: all of it read at once."""

import datetime as dt
import uuid
from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum

from bookings.models import LONGEST_BLOCK, Booking
from bookings.scheduling.slots import Span
from bookings.scheduling.timetable import NOTHING
from bookings.states import Party, Status
from database.prepared_query import PreparedQuery


class StudentsTime(NamedTuple):
    """Whether the student is busy during a session, and how many requests of theirs wait for a teacher, and hold."""

    student_id: uuid.UUID
    is_busy: bool
    unanswered: int
    held: dt.timedelta


def find(student_id: uuid.UUID, span: Span, *, now: dt.datetime, ignoring: uuid.UUID = NOTHING) -> StudentsTime:
    """Return the student's time around the session, without the booking `ignoring`."""
    since = span.start - LONGEST_BLOCK
    [(clashes, unanswered, held)] = _own.rows(
        student_id=student_id,
        since=since,
        start=span.start,
        end=span.end,
        now=now,
        earliest=min(since, now),
        ignoring=ignoring,
    ) or [(0, 0, None)]
    return StudentsTime(student_id, clashes > 0, unanswered, held or dt.timedelta())


def _own_bookings(
    student_id: uuid.UUID,
    since: dt.datetime,
    start: dt.datetime,
    end: dt.datetime,
    now: dt.datetime,
    earliest: dt.datetime,
    ignoring: uuid.UUID,
) -> QuerySet[Booking, tuple[int, int, dt.timedelta | None]]:
    """Return one row, or none where the student has nothing."""
    own = Booking.objects.filter(student_id=student_id, start_time__gt=earliest).live().exclude(id=ignoring)
    clashing = Q(start_time__gt=since, start_time__lt=end, end_time__gt=start)
    waiting = Q(status=Status.PENDING, awaits=Party.TEACHER, start_time__gt=now)
    summed = (
        own.order_by()
        .values("student_id")
        .annotate(
            clashes=Count("pk", filter=clashing),
            unanswered=Count("pk", filter=waiting),
            held=Sum(F("end_time") - F("start_time"), filter=waiting),
        )
    )
    return summed.values_list("clashes", "unanswered", "held")


_own = PreparedQuery(_own_bookings)
