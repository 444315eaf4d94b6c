"""Booking queries."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Max, Q

from accounts.models import User
from bookings.states import LIVE
from outbox.querysets import OutboxQuerySet

if TYPE_CHECKING:
    from bookings.models import Booking, Feedback, MeetingSync  # noqa: F401  # in the names of types


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
        """Each with its student, its teacher, the teacher's rules and the feedback, in the same read."""
        return self.select_related("student", "teacher__profile", "feedback")

    def locked(self) -> "BookingQuerySet":
        """Each held against other writers until the transaction ends. SQLite holds the whole database instead."""
        return self.select_for_update(of=("self",))

    def next_position(self) -> int:
        """Return a number larger than every one before: who commits a change of a person's booking later has a larger.

        For that the caller holds the locks of both people until the commit (`locking.find_locked`); SQLite has one
        writer at a time.
        """
        if connection.vendor != "postgresql":
            return int(self.aggregate(most=Max("feed_position"))["most"] or 0) + 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('bookings_feed_position')")
            return int(cursor.fetchone()[0])


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Words for asking about feedback."""

    def visible_to(self, user: User) -> "FeedbackQuerySet":
        """What this user may read: feedback on their own sessions; for staff all."""
        return self if user.is_superuser else self.filter(Q(booking__student=user) | Q(booking__teacher=user))


class MeetingSyncQuerySet(OutboxQuerySet["MeetingSync"]):
    def locked_for(self, booking: "Booking") -> "MeetingSync | None":
        """Return the booking's open sync, of which there is at most one, held until the transaction ends."""
        return self.open().select_for_update().filter(booking=booking).first()
