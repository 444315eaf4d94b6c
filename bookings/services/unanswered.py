"""Limits on a student's unanswered requests: how many, and how much of teachers' time they hold."""

import datetime as dt
import uuid

from django.conf import settings
from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import ngettext

from accounts.models import User
from bookings.errors import Refused
from bookings.models import Booking
from bookings.scheduling.slots import Span
from bookings.scheduling.timetable import NOTHING
from bookings.states import Party, Status
from database.prepared_query import PreparedQuery


def check_unanswered(student: User, span: Span, *, now: dt.datetime, moving: Booking | None = None) -> None:
    """Raise Refused if a request for `span` would be one too many, or hold too much time.

    `moving` is a request that is being moved to `span`.
    """
    ignoring = NOTHING if moving is None else moving.id
    [(count, holding)] = _waiting.rows(student_id=student.id, now=now, ignoring=ignoring) or [(0, dt.timedelta())]
    most = settings.MAX_PENDING_PER_STUDENT
    if most and moving is None and count >= most:
        sentence = ngettext(
            "You have %(most)d unanswered requests; wait for an answer first",
            "You have %(most)d unanswered requests; wait for an answer first",
            most,
        )
        raise Refused(sentence % {"most": most}, code="too_many_pending")
    hours = settings.MAX_PENDING_HOURS_PER_STUDENT
    if hours and holding + (span.end - span.start) > dt.timedelta(hours=hours):
        sentence = ngettext(
            "Your unanswered requests would hold more than %(hours)d hours; wait for an answer first",
            "Your unanswered requests would hold more than %(hours)d hours; wait for an answer first",
            hours,
        )
        raise Refused(sentence % {"hours": hours}, code="too_many_pending")


def _number_and_time(
    student_id: uuid.UUID, now: dt.datetime, ignoring: uuid.UUID
) -> QuerySet[Booking, tuple[int, dt.timedelta]]:
    """Aggregate in one query; no row if nothing waits."""
    waiting = Booking.objects.filter(student_id=student_id, status=Status.PENDING, awaits=Party.TEACHER)
    by_student = waiting.filter(start_time__gt=now).exclude(id=ignoring).values("student_id")
    return by_student.annotate(count=Count("pk"), held=Sum(F("end_time") - F("start_time"))).values_list(
        "count", "held"
    )


_waiting = PreparedQuery(_number_and_time)
