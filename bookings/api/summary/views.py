"""Counts of the caller's bookings, such as for badges in a menu."""

import datetime as dt

from django.db.models import Count, Q
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from accounts.models import User
from api_schema.requests import StrictView
from bookings.models import Booking
from bookings.states import Status


def summary(user: User, *, now: dt.datetime) -> dict[str, int]:
    """Count the caller's bookings in one query."""
    own = Booking.objects.filter(Q(student=user) | Q(teacher=user))
    return own.aggregate(
        pending=Count("id", filter=Q(status=Status.PENDING, start_time__gt=now)),
        upcoming=Count("id", filter=Q(status=Status.CONFIRMED, end_time__gt=now)),
        feedback_due=Count("id", filter=Q(status=Status.COMPLETED, student=user, feedback=None)),
    )


class SummaryView(StrictView):
    """Counts of the caller's bookings."""

    def get(self, request: Request) -> Response:
        """Return the counts; for staff, too, of their own bookings only."""
        return Response(summary(caller(request), now=timezone.now()))
