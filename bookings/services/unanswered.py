"""Limits on a student's unanswered requests: how many, and how much of teachers' time they hold."""

import datetime as dt

from django.conf import settings
from django.utils.translation import ngettext

from bookings.errors import Refused
from bookings.scheduling.slots import Span
from bookings.scheduling.students_time import StudentsTime


def check_unanswered(own: StudentsTime, span: Span, *, is_moved: bool = False) -> None:
    """Raise Refused if a request for `span` would be one too many, or hold too much time.

    `is_moved`: it was counted before, and the student's time is without it.
    """
    most = settings.MAX_PENDING_PER_STUDENT
    if most and not is_moved and own.unanswered >= most:
        sentence = ngettext(
            "You have %(most)d unanswered requests; wait for an answer first",
            "You have %(most)d unanswered requests; wait for an answer first",
            most,
        )
        raise Refused(sentence % {"most": most}, code="too_many_pending")
    hours = settings.MAX_PENDING_HOURS_PER_STUDENT
    if hours and own.held + (span.end - span.start) > dt.timedelta(hours=hours):
        sentence = ngettext(
            "Your unanswered requests would hold more than %(hours)d hours; wait for an answer first",
            "Your unanswered requests would hold more than %(hours)d hours; wait for an answer first",
            hours,
        )
        raise Refused(sentence % {"hours": hours}, code="too_many_pending")
