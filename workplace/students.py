"""A teacher's students, with counts of their sessions."""

import datetime as dt

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import User
from bookings.models import Booking
from bookings.states import LIVE, Outcome, Status
from workplace.states import ABSENT


def with_counts(bookings: "QuerySet[Booking]", *, now: dt.datetime) -> "QuerySet[User]":
    """Return the bookings' students by name: `lessons` so far, the `last` one, the `next` session, and `missed`."""
    theirs = Q(booked_bookings__in=bookings.values("pk"))
    held = theirs & Q(booked_bookings__status=Status.COMPLETED)
    absent = Q(booked_bookings__outcome__in=ABSENT)
    coming = theirs & Q(booked_bookings__status__in=LIVE, booked_bookings__start_time__gt=now)
    return (
        User.objects.filter(theirs)
        .annotate(
            lessons=Count("booked_bookings", filter=held & ~absent),
            missed=Count("booked_bookings", filter=held & Q(booked_bookings__outcome=Outcome.STUDENT_ABSENT)),
            last=Max("booked_bookings__start_time", filter=held & ~absent),
            next=Min("booked_bookings__start_time", filter=coming),
        )
        .order_by("first_name", "last_name", "id")
    )
