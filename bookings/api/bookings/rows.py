"""Bookings for lists, read as plain rows instead of models.

The serializer accepts a row like a Booking. To add a column, add its name and type to BookingRow. Fifty rows cost a
third of fifty models with their students, teachers and profiles.
"""

import datetime as dt
import functools
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models.query import ValuesListIterable

from accounts.models import User
from bookings import moves
from bookings.models import Booking
from bookings.querysets import BookingQuerySet
from bookings.states import Move, has_meeting


class RatingRow(NamedTuple):
    """Summary of the feedback on a booking."""

    id: uuid.UUID
    rating: int


class BookingRow(NamedTuple):
    """One booking; derived values have the same names as on Booking."""

    id: uuid.UUID
    student_id: uuid.UUID
    teacher_id: uuid.UUID
    start_time: dt.datetime
    end_time: dt.datetime
    status: str
    zoom_meeting_id: str | None
    zoom_join_url: str | None
    zoom_password: str
    notes: str
    cancellation_reason: str
    version: int
    awaits: str
    cancelled_by: str
    outcome: str
    created_at: dt.datetime
    updated_at: dt.datetime
    student__first_name: str
    student__last_name: str
    student__timezone: str
    teacher__first_name: str
    teacher__last_name: str
    teacher__timezone: str
    teacher__is_active: bool
    teacher__profile__cancel_notice_minutes: int | None
    teacher__profile__reschedule_notice_minutes: int | None
    feedback__id: uuid.UUID | None
    feedback__rating: int | None

    @property
    def student_name(self) -> str:
        return f"{self.student__first_name} {self.student__last_name}".strip()

    @property
    def teacher_name(self) -> str:
        return f"{self.teacher__first_name} {self.teacher__last_name}".strip()

    @property
    def duration_minutes(self) -> int:
        return (self.end_time - self.start_time) // dt.timedelta(minutes=1)

    @property
    def student_timezone(self) -> str:
        return self.student__timezone

    @property
    def teacher_timezone(self) -> str:
        return self.teacher__timezone

    @property
    def has_active_teacher(self) -> bool:
        return self.teacher__is_active

    @property
    def feedback(self) -> RatingRow | None:
        if self.feedback__id is None or self.feedback__rating is None:
            return None
        return RatingRow(self.feedback__id, self.feedback__rating)

    @property
    def has_meeting(self) -> bool:
        return has_meeting(self.zoom_meeting_id, self.status)

    @property
    def shown_meeting(self) -> tuple[str | None, str | None, str] | None:
        return (self.zoom_meeting_id, self.zoom_join_url, self.zoom_password) if self.has_meeting else None

    def notice_minutes(self, move: Move) -> int:
        if move == Move.CANCEL:
            return self.teacher__profile__cancel_notice_minutes or 0
        return (self.teacher__profile__reschedule_notice_minutes or 0) if move == Move.RESCHEDULE else 0

    def allowed_until(self, move: Move, *, by: User, now: dt.datetime) -> dt.datetime | None:
        return moves.allowed_until(self, move, by=by, now=now)


class _BookingRows(ValuesListIterable):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[Any]:
        return map(BookingRow._make, super().__iter__())


@functools.cache
def rows() -> BookingQuerySet:
    """Return a queryset of BookingRow over all bookings. Built once, because naming columns is slow."""
    found: BookingQuerySet = Booking.objects.values_list(*BookingRow._fields)  # type: ignore[assignment]  # no models
    found._iterable_class = _BookingRows
    return found
