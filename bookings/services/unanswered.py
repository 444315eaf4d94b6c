"""How many requests of a student may wait for an answer, and how much of teachers' time they may hold meanwhile."""

import datetime as dt

from django.conf import settings
from django.db.models import Count, F, Sum

from accounts.models import User
from bookings.errors import Refused
from bookings.models import Booking
from bookings.scheduling.slots import Span
from bookings.states import Party, Status


def check_unanswered(student: User, span: Span, *, now: dt.datetime, moving: Booking | None = None) -> None:
    """Raise Refused if a request for `span` would be one too many, or hold too much time.

    `moving` is the request that is to be at `span` from now on, in place of where it is.
    """
    waiting = Booking.objects.filter(student=student, status=Status.PENDING, awaits=Party.TEACHER, start_time__gt=now)
    if moving is not None:
        waiting = waiting.exclude(id=moving.id)
    found = waiting.aggregate(count=Count("pk"), held=Sum(F("end_time") - F("start_time")))
    most = settings.MAX_PENDING_PER_STUDENT
    if most and moving is None and found["count"] >= most:
        raise Refused(f"You have {most} unanswered requests; wait for an answer first", code="too_many_pending")
    hours = settings.MAX_PENDING_HOURS_PER_STUDENT
    held = (found["held"] or dt.timedelta()) + (span.end - span.start)
    if hours and held > dt.timedelta(hours=hours):
        sentence = f"Your unanswered requests would hold more than {hours} hours; wait for an answer first"
        raise Refused(sentence, code="too_many_pending")
