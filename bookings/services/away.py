"""Absences, and the bookings inside them."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Invalid, Missing
from bookings.locking import contended, lock_people
from bookings.meetings.sync import request_sync
from bookings.models import LONGEST_BLOCK, Booking, TimeOff
from bookings.querysets import BookingQuerySet


class Away(NamedTuple):
    """The absence, and the live bookings inside it: those that were cancelled, and those that stay."""

    time_off: TimeOff
    cancelled: list[Booking]
    kept: list[Booking]


def bookings_within(teacher: User, start: dt.datetime, end: dt.datetime) -> BookingQuerySet:
    """Return the teacher's live bookings of which an instant lies in `[start, end)`, in order."""
    taught = Booking.objects.filter(teacher=teacher, end_time__gt=start).live()
    return taught.within(start, end, since=start - LONGEST_BLOCK).with_people().order_by("start_time", "id")


@contended
@transaction.atomic
def go_away(
    *,
    teacher: User,
    start: dt.datetime,
    end: dt.datetime,
    reason: str,
    cancel: Collection[uuid.UUID],
    cancellation_reason: str,
    now: dt.datetime,
) -> Away:
    """Block `[start, end)` and cancel those of the bookings inside whose ids are in `cancel`; the others stay.

    All or nothing. A booking cancelled or moved out of the absence meanwhile is left alone. Raises Missing,
    Invalid, Refused (a session that has begun cannot be cancelled) or Busy.
    """
    if end <= start:
        raise Invalid("end_time", _("The end must be after the start."))
    lock_people(teacher.id, *_students(teacher, cancel))
    inside = list(bookings_within(teacher, start, end).locked())
    cancelled = [booking for booking in inside if booking.id in cancel]
    for booking in cancelled:
        booking.cancel(by=teacher, now=now, reason=cancellation_reason)
        request_sync(booking, now=now)
    time_off = TimeOff.objects.create(teacher=teacher, start_time=start, end_time=end, reason=reason)
    return Away(time_off, cancelled, [booking for booking in inside if booking.id not in cancel])


def _students(teacher: User, booking_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return the students of the teacher's bookings with these ids. Raises Missing for an unknown id."""
    found = dict(Booking.objects.filter(teacher=teacher, id__in=booking_ids).values_list("id", "student_id"))
    if found.keys() != set(booking_ids):
        raise Missing(_("Booking not found"))
    return set(found.values())
