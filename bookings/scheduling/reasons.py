"""Why a time is not offered: plain Python, no Django, no clock. Instants are UTC, intervals half-open `[start, end)`.

Reasons never reveal who booked, whether the teacher has confirmed, or why the teacher is away.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bookings.scheduling import slots
from bookings.scheduling.slots import MIDNIGHT, Span, Window

# The whole of each date.
EVERY_DAY = [Window(weekday, MIDNIGHT, MIDNIGHT) for weekday in range(7)]


class Reason(enum.StrEnum):
    """Why a session cannot be booked. Of several reasons the first in this order is given: the least likely to change.

    So nobody waits for a cancellation that would not help.
    """

    PAST = "past"
    OUTSIDE_HOURS = "outside_hours"
    NOTICE = "notice"
    HORIZON = "horizon"
    TIME_OFF = "time_off"
    BOOKED = "booked"
    BUFFER = "buffer"
    NO_HOST = "no_host"
    OWN_SESSION = "own_session"


class NotOffered(NamedTuple):
    """A session that cannot be booked, and why."""

    session: Span
    reason: Reason


class Obstacles(NamedTuple):
    """Constraints on a session, and the time `free` of all of them. The lists are ordered, their spans disjoint.

    `bookable`: from the minimum notice to the horizon. `booked`: other sessions, without the buffers after them.
    """

    now: dt.datetime
    bookable: Span
    hours: Sequence[Span]
    time_off: Sequence[Span]
    booked: Sequence[Span]
    free: Sequence[Span]

    def not_offered(self, grid: Iterable[Span]) -> list[NotOffered]:
        """Return the sessions that cannot be booked, each with its reason."""
        return [NotOffered(session, self.reason(session)) for session in grid if not slots.fits(session, self.free)]

    def reason(self, session: Span) -> Reason:
        """Return why this session is not free; if nothing else applies, it is a buffer."""
        if session.start < self.now:
            return Reason.PAST
        if not slots.fits(session, self.hours):
            return Reason.OUTSIDE_HOURS
        if session.start < self.bookable.start:
            return Reason.NOTICE
        if session.end > self.bookable.end:
            return Reason.HORIZON
        if slots.meets(session, self.time_off):
            return Reason.TIME_OFF
        return Reason.BOOKED if slots.meets(session, self.booked) else Reason.BUFFER


def grid(starts: Iterable[Span], *, within: Span, duration: dt.timedelta, interval: dt.timedelta) -> list[Span]:
    """Return sessions of that duration starting in `within`, every `interval` from the start of each day and window."""
    reach = [Span(within.start, within.end + duration)]
    found = slots.offered(sorted(starts), reach, duration=duration, interval=interval)
    return [session for session in found if session.start < within.end]
