"""A teacher's calendar: which times are free, and why the others are not."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from accounts.models import TeacherProfile, User
from bookings.scheduling import hosts, reasons, slots
from bookings.scheduling.reasons import NotOffered, Obstacles, Reason
from bookings.scheduling.slots import DAY, Span
from bookings.scheduling.timetable import Timetable
from wall_clock import zones


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
    windows = _windows(timetable, span)
    return Hours(windows, _free(windows, timetable, open_span))


def _inside(span: Span, limits: Span) -> Span | None:
    start, end = max(span.start, limits.start), min(span.end, limits.end)
    return Span(start, end) if start < end else None


def _windows(timetable: Timetable, span: Span) -> list[Span]:
    zone = zones.load(timetable.teacher.timezone)
    # One more day on each side: if a clock goes back over midnight, a span may contain times of the previous date.
    first, last = span.start.astimezone(zone).date() - DAY, span.end.astimezone(zone).date() + DAY
    return slots.windows_between(first, last, timetable.windows, zone)


def _free(windows: list[Span], timetable: Timetable, span: Span) -> list[Span]:
    buffer = dt.timedelta(minutes=timetable.teacher.rules.buffer_minutes)
    # A new session keeps its own buffer after it, so free time ends that much before a booking.
    booked = [Span(start - buffer, until) for start, _, until in timetable.booked]
    return slots.subtract(slots.clip(slots.union(windows), *span), [*booked, *timetable.time_off])


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
    until = span.end + dt.timedelta(minutes=timetable.teacher.rules.buffer_minutes)
    return any(booked.start < until and booked.blocked_until > span.start for booked in timetable.booked)


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
    # The last session may end on the day after.
    windows, free = hours(timetable, Span(days.start, days.end + duration), now=now)
    interval = dt.timedelta(minutes=timetable.teacher.rules.slot_interval_minutes)
    found = slots.offered(windows, free, duration=duration, interval=interval)
    return _with_host(timetable, slots.starting_within(days, found))


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
    zone = zones.load(timezone)
    interval = dt.timedelta(minutes=timetable.teacher.rules.slot_interval_minutes)
    days = slots.days_between(first, last, zone)
    if days is None:
        return Explained([], [])
    windows, there = _obstacles(timetable, Span(days.start, days.end + duration), now)
    found = slots.offered(windows, there.free, duration=duration, interval=interval)
    midnights = slots.windows_between(first, last, reasons.EVERY_DAY, zone)
    grid = reasons.grid([*midnights, *windows], within=days, duration=duration, interval=interval)
    open_slots = slots.starting_within(days, found)
    offered_slots = _with_host(timetable, open_slots)
    without_host = [NotOffered(slot, Reason.NO_HOST) for slot in open_slots if slot not in offered_slots]
    return Explained(offered_slots, sorted([*there.not_offered(grid), *without_host]))


def _obstacles(timetable: Timetable, span: Span, now: dt.datetime) -> tuple[list[Span], Obstacles]:
    """Return the windows around the span, and the obstacles in it."""
    windows, limits = _windows(timetable, span), bookable(timetable.teacher, now)
    open_span = _inside(span, limits)
    return windows, Obstacles(
        now=now,
        bookable=limits,
        hours=slots.union(windows),
        time_off=slots.union(timetable.time_off),
        booked=slots.union(Span(start, end) for start, end, _ in timetable.booked),
        free=_free(windows, timetable, open_span) if open_span else [],
    )
