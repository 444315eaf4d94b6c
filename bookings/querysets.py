"""Words for asking about the rows of the product."""

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.db import models
from django.db.models import Count, Min, Q

from accounts.models import User
from bookings.states import LIVE

if TYPE_CHECKING:
    from bookings.models import Booking, Feedback, OutboxEvent  # noqa: F401  # in the names of types


class Backlog(NamedTuple):
    """What is open in the outbox, how much of it has stopped, and for how many seconds the oldest has been due."""

    open: int
    stopped: int
    oldest_due_seconds: float


class BookingQuerySet(models.QuerySet["Booking"]):
    """Words for asking about bookings."""

    def visible_to(self, user: User) -> "BookingQuerySet":
        """What this user may know of: their own, as student or teacher; for staff all."""
        return self if user.is_superuser else self.filter(Q(student=user) | Q(teacher=user))

    def live(self) -> "BookingQuerySet":
        """Those that hold their time."""
        return self.filter(status__in=LIVE)

    def within(self, start: dt.datetime, end: dt.datetime, since: dt.datetime) -> "BookingQuerySet":
        """Those that block an instant of `[start, end)`; `since` is `start - LONGEST_BLOCK`, for the index's sake."""
        return self.filter(start_time__lt=end, start_time__gt=since, blocked_until__gt=start)

    def with_people(self) -> "BookingQuerySet":
        """Each with its student, its teacher and the teacher's rules, in the same read."""
        return self.select_related("student", "teacher__profile")

    def locked(self) -> "BookingQuerySet":
        """Each held against other writers until the transaction ends. SQLite holds the whole database instead."""
        return self.select_for_update(of=("self",))


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Words for asking about feedback."""

    def visible_to(self, user: User) -> "FeedbackQuerySet":
        """What this user may read: feedback on their own sessions; for staff all."""
        return self if user.is_superuser else self.filter(Q(booking__student=user) | Q(booking__teacher=user))


class OutboxEventQuerySet(models.QuerySet["OutboxEvent"]):
    """Words for asking about events."""

    def open(self) -> "OutboxEventQuerySet":
        """Those that are not done."""
        return self.filter(done_at=None)

    def locked_for(self, booking: "Booking") -> "OutboxEvent | None":
        """The booking's open event, of which there is at most one, held until the transaction ends."""
        return self.open().select_for_update().filter(booking=booking).first()

    def backlog(self, now: dt.datetime) -> Backlog:
        """How far behind the deliveries are."""
        waiting = Q(stopped_at=None, due_at__lte=now)
        counted = self.open().aggregate(
            open=Count("pk"), stopped=Count("stopped_at"), oldest=Min("due_at", filter=waiting)
        )
        seconds = (now - counted["oldest"]).total_seconds() if counted["oldest"] else 0.0
        return Backlog(counted["open"], counted["stopped"], seconds)

    def due(self, now: dt.datetime) -> "OutboxEventQuerySet":
        """Those that somebody should deliver at `now`: their pause is over and nobody holds them."""
        return (
            self.open()
            .filter(stopped_at=None)
            .filter(Q(leased_until=None) | Q(leased_until__lte=now), due_at__lte=now)
            .order_by("due_at")
        )
