"""Which Zoom host a session can have.

A Basic or Pro host runs one meeting at a time, one of a Business account two (support.zoom.us KB0068522). With
ZOOM_HOST_CONCURRENCY each host has that many lanes; the database lets no two live bookings overlap in one. A meeting
made before the setting has no lane recorded, and occupies any one.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from bookings.models import LONGEST_BLOCK, Booking, HostDay
from bookings.scheduling.slots import Span
from bookings.scheduling.timetable import NOTHING
from bookings.states import Status


class Place(NamedTuple):
    """Host and lane of a meeting. `lane` is None without a limit."""

    host: str
    lane: int | None


class _Taken(NamedTuple):
    host: str
    lane: int | None
    start: dt.datetime
    end: dt.datetime


def pool() -> list[str]:
    """Return the hosts of teachers who have none of their own."""
    return [host.strip() for host in settings.ZOOM_DEFAULT_HOST.split(",") if host.strip()]


def hosts_of(teacher: User) -> list[str]:
    return [teacher.rules.zoom_host] if teacher.rules.zoom_host else pool()


def with_room(teacher: User, sessions: Sequence[Span], *, ignoring: uuid.UUID = NOTHING) -> list[Span]:
    """Return those of the sessions for which a host is free, as if the booking `ignoring` were not there."""
    if not settings.ZOOM_HOST_CONCURRENCY or not sessions:
        return list(sessions)
    hosts = hosts_of(teacher)
    taken = _taken(hosts, Span(min(s.start for s in sessions), max(s.end for s in sessions)), ignoring)
    return [session for session in sessions if any(_lane(host, session, taken) is not None for host in hosts)]


def place_for(teacher: User, session: Span, *, now: dt.datetime, ignoring: uuid.UUID = NOTHING) -> Place | None:
    """Return a free place for a new meeting, with the host that has made the fewest today; None if there is none."""
    hosts = hosts_of(teacher)
    if len(hosts) > 1:
        hosts.sort(key=_writes_of_the_day(hosts, now).__getitem__)
    if not settings.ZOOM_HOST_CONCURRENCY:
        return Place(hosts[0], None)
    taken = _taken(hosts, session, ignoring)
    places = (Place(host, _lane(host, session, taken)) for host in hosts)
    return next((place for place in places if place.lane is not None), None)


def has_lane(host: str, session: Span, *, ignoring: uuid.UUID) -> tuple[bool, int | None]:
    """Return whether the host has room for its meeting at another time, and in which lane (None without a limit)."""
    if not settings.ZOOM_HOST_CONCURRENCY:
        return True, None
    lane = _lane(host, session, _taken([host], session, ignoring))
    return lane is not None, lane


def _taken(hosts: Sequence[str], span: Span, ignoring: uuid.UUID) -> list[_Taken]:
    has_meeting = Q(host_lane__isnull=False) | Q(status=Status.CONFIRMED)
    live = Booking.objects.within(*span, since=span.start - LONGEST_BLOCK).filter(has_meeting)
    found = live.filter(zoom_host__in=hosts, end_time__gt=span.start).exclude(id=ignoring).order_by()
    return [_Taken(*row) for row in found.values_list("zoom_host", "host_lane", "start_time", "end_time")]


def _lane(host: str, session: Span, taken: Iterable[_Taken]) -> int | None:
    """Return the first free lane of the host; None if there is none."""
    then = [each for each in taken if each.host == host and each.start < session.end and each.end > session.start]
    used = {each.lane for each in then if each.lane is not None}
    unplaced = sum(each.lane is None for each in then)
    free = [lane for lane in range(settings.ZOOM_HOST_CONCURRENCY) if lane not in used]
    return free[0] if len(free) > unplaced else None


def _writes_of_the_day(hosts: Sequence[str], now: dt.datetime) -> dict[str, int]:
    """Return how many meetings each host has made and moved today: Zoom allows a hundred."""
    days = HostDay.objects.filter(host__in=hosts, day=now.date())
    return dict.fromkeys(hosts, 0) | {day.host: day.creates + day.moves for day in days}
