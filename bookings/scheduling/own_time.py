"""The caller's own sessions, as they affect the slots of a teacher."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Invalid, Missing
from bookings.models import LONGEST_BLOCK, Booking
from bookings.querysets import NOT_ENDED
from bookings.scheduling import slots
from bookings.scheduling.reasons import NotOffered, Reason
from bookings.scheduling.slots import DAY, Span
from bookings.scheduling.timetable import NOTHING


class OwnTime(NamedTuple):
    """The booking to ignore, and the caller's other sessions (ordered, disjoint) if slots must avoid them."""

    ignoring: uuid.UUID = NOTHING
    sessions: Sequence[Span] = ()

    def clashes(self, session: Span) -> bool:
        """Return True if the caller has a session of their own then."""
        return slots.meets(session, self.sessions)


def without_clashes(offered: list[Span], own: OwnTime) -> list[Span]:
    """Return the slots that overlap no session of the caller."""
    return [slot for slot in offered if not own.clashes(slot)] if own.sessions else offered


def with_clashes(refused: list[NotOffered], offered: list[Span], own: OwnTime) -> list[NotOffered]:
    """Return the refused times and those refused only for the caller's own sessions, in order."""
    clashing = [NotOffered(slot, Reason.OWN_SESSION) for slot in offered if own.clashes(slot)]
    return sorted([*refused, *clashing], key=lambda each: each.session) if clashing else refused


def own_time(
    user: User, teacher: User, first: dt.date, last: dt.date, *, booking_id: uuid.UUID | None, exclude_mine: bool
) -> OwnTime:
    """Return what to leave out of a teacher's slots of these dates, with at most one query.

    Raises Missing for a booking that they may not see, Invalid for one with another teacher.
    """
    if booking_id is None and not exclude_mine:
        return OwnTime()
    found = _asked_for(user, first, last, booking_id, exclude_mine)
    booking = next((row for row in found if row.pk == booking_id), None)
    if booking_id is not None:
        if booking is None:
            raise Missing(_("Booking not found"))
        if booking.teacher_id != teacher.pk:
            raise Invalid("booking_id", _("This booking is with another teacher."))
    others = [row for row in found if row.pk != booking_id]
    return OwnTime(booking_id or NOTHING, slots.union(Span(row.start_time, row.end_time) for row in others))


def _asked_for(
    user: User,
    first: dt.date,
    last: dt.date,
    booking_id: uuid.UUID | None,
    exclude_mine: bool,  # noqa: FBT001
) -> list[Booking]:
    wanted = Q(pk=booking_id) if booking_id else Q(pk__in=[])
    if exclude_mine:
        # No zone is further than 14 hours from UTC, and no session longer than 8 hours.
        start = dt.datetime.combine(first - DAY, dt.time.min, dt.UTC)
        end = dt.datetime.combine(last + 3 * DAY, dt.time.min, dt.UTC)
        around = Q(start_time__lt=end, start_time__gt=start - LONGEST_BLOCK, end_time__gt=start)
        wanted |= NOT_ENDED & around & (Q(student=user) | Q(teacher=user))
    return list(Booking.objects.visible_to(user).filter(wanted).only("teacher_id", "start_time", "end_time"))
