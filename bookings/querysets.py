"""Booking queries."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import User
from bookings.states import ENDED, LIVE, Party
from outbox.querysets import OutboxQuerySet

if TYPE_CHECKING:
    from bookings.models import Booking, Feedback, MeetingSync  # noqa: F401  # in the names of types


class NextPosition(models.Func):
    """The next position of the feed of changes: for any person, later changes have larger ones.

    The caller must hold the locks of both people until the commit (`locking.find_locked`). SQLite has one writer at a
    time.
    """

    template = "(SELECT COALESCE(MAX(feed_position), 0) + 1 FROM bookings_booking)"
    output_field = models.BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="nextval('bookings_feed_position')", **context)


# The live ones, for searches by start. For `status__in=LIVE` PostgreSQL may take the index of a constraint, which is in
# no order: it then reads everything that the teacher or student has ahead, and a thousand sessions take 0.1 ms.
NOT_ENDED = ~Q(status__in=ENDED)


class BookingQuerySet(models.QuerySet["Booking"]):
    """Queries over bookings."""

    def visible_to(self, user: User) -> "BookingQuerySet":
        """Return the bookings that the user may see: their own, for staff all."""
        return self if user.is_superuser else self.of(user.id)

    def live(self) -> "BookingQuerySet":
        """Return those that hold their time."""
        return self.filter(status__in=LIVE)

    def not_ended(self) -> "BookingQuerySet":
        """Return the same as `live`, for searches by start: see NOT_ENDED."""
        return self.filter(NOT_ENDED)

    def within(self, start: dt.datetime, end: dt.datetime, since: dt.datetime) -> "BookingQuerySet":
        """Return live ones that block an instant of `[start, end)`. `since`: `start - LONGEST_BLOCK`, for the index."""
        return self.not_ended().filter(start_time__lt=end, start_time__gt=since, blocked_until__gt=start)

    def with_people(self) -> "BookingQuerySet":
        """Join student, teacher, the teacher's rules and the feedback."""
        return self.select_related("student", "teacher__profile", "feedback")

    def locked(self) -> "BookingQuerySet":
        """Lock each row until the transaction ends. SQLite locks the whole database instead."""
        return self.select_for_update(of=("self",))

    def of(self, user_id: uuid.UUID, parties: Iterable[Party] = tuple(Party)) -> "BookingQuerySet":
        """Return those in which the user is one of the parties, even for staff."""
        return self.filter(Q(*((f"{party.value}_id", user_id) for party in parties), _connector=Q.OR))

    def changed_after(self, position: int) -> "BookingQuerySet":
        """Return those changed after this position of the feed, ordered by last change."""
        return self.filter(feed_position__gt=position).order_by("feed_position")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Queries over feedback."""

    def visible_to(self, user: User) -> "FeedbackQuerySet":
        """Return the feedback that the user may read: on their own sessions, for staff all."""
        return self if user.is_superuser else self.filter(Q(booking__student=user) | Q(booking__teacher=user))


class MeetingSyncQuerySet(OutboxQuerySet["MeetingSync"]):
    def locked_for(self, booking: "Booking") -> "MeetingSync | None":
        """Return the booking's only open sync, if any, locked until the transaction ends."""
        return self.open().select_for_update().filter(booking=booking).first()
