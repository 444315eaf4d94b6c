"""A teacher's calendar: which times are free, and why the others are not."""

import datetime as dt
import functools
from collections.abc import Sequence
from typing import NamedTuple

from accounts.models import TeacherProfile, User
from bookings.scheduling import hosts, reasons, slots
from bookings.scheduling.reasons import NotOffered, Obstacles, Reason
from bookings.scheduling.slots import DAY, Span
from bookings.scheduling.stored_time import StoredTime
from bookings.scheduling.timetable import Timetable
from wall_clock import zones

# Slots are kept of this many spans of days, each of 31 days in half hours at most: together 35 MB.
KEPT_SLOTS, MOST_KEPT_STARTS = 128, 1500


class Hours(NamedTuple):
    """A teacher's working hours in UTC, and the free part of them."""

    windows: list[Span]
    free: list[Span]


def bookable(teacher: User, now: dt.datetime, *, by_teacher: bool = False) -> Span:
    """Return the bookable span: from the minimum notice, which does not bind the teacher, to the horizon."""
    return bookable_by(teacher.rules, now, by_teacher=by_teacher)


def bookable_by(rules: TeacherProfile, now: dt.datetime, *, by_teacher: bool = False) -> Span:
    """Return the same for rules that were read without their teacher."""
    notice = 0 if by_teacher else rules.minimum_notice_minutes
    return Span(now + dt.timedelta(minutes=notice), now + dt.timedelta(days=rules.horizon_days))


def hours(timetable: Timetable, span: Span, *, now: dt.datetime, by_teacher: bool = False) -> Hours:
    """Return the teacher's windows around `span`, and the free time in it."""
    open_span = _inside(span, bookable(timetable.teacher, now, by_teacher=by_teacher))
    if open_span is None:
        return Hours([], [])
    windows = _windows(timetable.time, span)
    return Hours(windows, _free(windows, timetable.time, open_span))


def _inside(span: Span, limits: Span) -> Span | None:
    start, end = max(span.start, limits.start), min(span.end, limits.end)
    return Span(start, end) if start < end else None


def _windows(time: StoredTime, span: Span) -> list[Span]:
    # One more day on each side: if a clock goes back over midnight, a span may contain times of the previous date.
    first, last = span.start.astimezone(time.zone).date() - DAY, span.end.astimezone(time.zone).date() + DAY
    return slots.windows_between(first, last, time.windows, time.zone)


def _free(windows: list[Span], time: StoredTime, span: Span) -> list[Span]:
    # A new session keeps its own buffer after it, so free time ends that much before a booking.
    booked = [Span(start - time.buffer, until) for start, _, until in time.booked]
    return slots.subtract(slots.clip(slots.union(windows), *span), [*booked, *time.time_off])


def is_free(
    timetable: Timetable, span: Span, *, now: dt.datetime, by_teacher: bool = False, outside_hours: bool = False
) -> bool:
    """Return True if a session of that span can be booked. Requests and moves share this rule.

    `by_teacher`: ignore the minimum notice. `outside_hours`: ignore working hours and absences; only other sessions and
    their buffers count.
    """
    limits = bookable(timetable.teacher, now, by_teacher=by_teacher)
    if span.start < limits.start or span.end > limits.end:
        return False
    if outside_hours:
        is_open = not _is_booked(timetable, span)
    else:
        is_open = slots.fits(span, hours(timetable, span, now=now, by_teacher=by_teacher).free)
    return is_open and bool(_with_host(timetable, [span]))


def _is_booked(timetable: Timetable, span: Span) -> bool:
    until = span.end + timetable.time.buffer
    return any(booked.start < until and booked.blocked_until > span.start for booked in timetable.time.booked)


def _with_host(timetable: Timetable, sessions: Sequence[Span]) -> list[Span]:
    return hosts.with_room(timetable.teacher, sessions, ignoring=timetable.ignoring)


def offered(
    timetable: Timetable, first: dt.date, last: dt.date, *, duration: dt.timedelta, timezone: str, now: dt.datetime
) -> list[Span]:
    """Return the slots that start on the dates `first` to `last` by the clock of `timezone`."""
    limits = bookable(timetable.teacher, now)
    # Also prevents overflow in the date arithmetic below.
    if last < limits.start.date() - 2 * DAY or first > limits.end.date() + 2 * DAY:
        return []
    days = slots.days_between(first, last, zones.load(timezone))
    if days is None:
        return []
    open_span = _inside(_whole(days, duration), limits)
    if open_span is None:
        return []
    return _with_host(timetable, _slots(timetable.time, days, open_span, duration))


def _whole(days: Span, duration: dt.timedelta) -> Span:
    """Return the span of sessions that start on the days: the last may end on the day after."""
    return Span(days.start, days.end + duration)


def _slots(time: StoredTime, days: Span, open_span: Span, duration: dt.timedelta) -> Sequence[Span]:
    """Return the slots of the days in the open span; from memory if the same was found before."""
    # Today's slots change with the minute, so nobody asks for the same again.
    is_cut = open_span != _whole(days, duration)
    is_long = (days.end - days.start) // time.slot_interval > MOST_KEPT_STARTS
    return (_find_slots if is_cut or is_long else _kept_slots)(time, days, open_span, duration)


def _find_slots(time: StoredTime, days: Span, open_span: Span, duration: dt.timedelta) -> Sequence[Span]:
    windows = _windows(time, _whole(days, duration))
    free = _free(windows, time, open_span)
    found = slots.offered(windows, free, duration=duration, interval=time.slot_interval)
    return slots.starting_within(days, found)


# Never outdated, because the rows themselves are the key. A month takes 0.8 ms this way, and 1.3 without.
_kept_slots = functools.lru_cache(maxsize=KEPT_SLOTS)(_find_slots)


class Explained(NamedTuple):
    """The offered slots, and the reason for every other start."""

    offered: list[Span]
    not_offered: list[NotOffered]


def explained(
    timetable: Timetable, first: dt.date, last: dt.date, *, duration: dt.timedelta, timezone: str, now: dt.datetime
) -> Explained:
    """Return what `offered` does, and why the rest of the days' grid cannot be booked, from the same data.

    A start that is free but on no window's grid is in neither list. Sessions of the student who asks are ignored, as
    in `offered`.
    """
    zone, interval = zones.load(timezone), timetable.time.slot_interval
    days = slots.days_between(first, last, zone)
    if days is None:
        return Explained([], [])
    windows, there = _obstacles(timetable, _whole(days, duration), now)
    found = slots.offered(windows, there.free, duration=duration, interval=interval)
    midnights = slots.windows_between(first, last, reasons.EVERY_DAY, zone)
    grid = reasons.grid([*midnights, *windows], within=days, duration=duration, interval=interval)
    open_slots = slots.starting_within(days, found)
    offered_slots = _with_host(timetable, open_slots)
    without_host = [NotOffered(slot, Reason.NO_HOST) for slot in open_slots if slot not in offered_slots]
    return Explained(offered_slots, sorted([*there.not_offered(grid), *without_host]))


def _obstacles(timetable: Timetable, span: Span, now: dt.datetime) -> tuple[list[Span], Obstacles]:
    """Return the windows around the span, and the obstacles in it."""
    time, limits = timetable.time, bookable(timetable.teacher, now)
    windows = _windows(time, span)
    open_span = _inside(span, limits)
    return windows, Obstacles(
        now=now,
        bookable=limits,
        hours=slots.union(windows),
        time_off=slots.union(time.time_off),
        booked=slots.union(Span(start, end) for start, end, _ in time.booked),
        free=_free(windows, time, open_span) if open_span else [],
    )
