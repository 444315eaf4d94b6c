"""What a teacher's time looks like, read from the database for `slots` to reckon with."""

import datetime as dt
import functools
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    Field,
    IntegerField,
    Model,
    Q,
    QuerySet,
    TimeField,
    Value,
)

from accounts.models import TeacherProfile, User
from bookings.errors import Missing
from bookings.models import LONGEST_BLOCK, Availability, Booking, TimeOff
from bookings.scheduling import hosts, reasons, slots
from bookings.scheduling.reasons import NotOffered, Obstacles, Reason
from bookings.scheduling.slots import DAY, Span, Window
from database.prepared_query import PreparedQuery, Row
from wall_clock import zones


def _fields(model: type[Model], *unread: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in unread]


# Without what no booking asks: a biography is long.
_USER_FIELDS = _fields(User, "password", "last_login", "is_superuser", "email", "created_at")
_RULE_FIELDS = _fields(TeacherProfile, "headline", "bio", "zoom_host")
NOTHING = uuid.UUID(int=0)


def _hours_and_busy(
    *,
    teacher_id: uuid.UUID,
    first: dt.date,
    last: dt.date,
    start: dt.datetime,
    end: dt.datetime,
    since: dt.datetime,
    ignoring: uuid.UUID,
    more: Sequence[str] = (),
) -> QuerySet[Any, Any]:
    """Working hours of the dates, and what is taken of the span: two kinds of rows in one read.

    `more`: further columns of what is taken, each a time; they come first.
    """
    windows = Availability.objects.filter(Q(date=None) | Q(date__gte=first, date__lte=last), teacher_id=teacher_id)
    bookings = Booking.objects.filter(teacher_id=teacher_id).live().within(start, end, since).exclude(id=ignoring)
    absences = TimeOff.objects.filter(teacher_id=teacher_id, end_time__gt=start, start_time__lt=end)
    window_columns = ("day_of_week", "start_time", "end_time", "date")
    no_window = [_none(IntegerField()), _none(TimeField()), _none(TimeField()), _none(DateField())]
    no_time = [_none(DateTimeField()), _none(DateTimeField()), _none(BooleanField())]
    is_booking, is_absence = (Value(flag, output_field=BooleanField()) for flag in (True, False))
    return (
        windows.order_by()
        .values_list(*window_columns, *(_none(DateTimeField()) for _ in more), *no_time)
        .union(
            bookings.order_by().values_list(*no_window, *more, "start_time", "blocked_until", is_booking),
            absences.order_by().values_list(*no_window, *more, "start_time", "end_time", is_absence),
            all=True,
        )
    )


def _none(field: "Field[Any, Any]") -> Value:
    return Value(None, output_field=field)


_teacher_row = PreparedQuery(
    lambda teacher_id: (
        User.objects.teachers()
        .filter(id=teacher_id)
        .values_list(*_USER_FIELDS, *(f"profile__{name}" for name in _RULE_FIELDS))
    )
)
_rows = PreparedQuery(_hours_and_busy)
_rows_with_ends = PreparedQuery(functools.partial(_hours_and_busy, more=["end_time"]))


class Hours(NamedTuple):
    """A teacher's working hours of some days in UTC, and what is free of a span of them."""

    windows: list[Span]
    free: list[Span]


def teacher_with_rules(teacher_id: uuid.UUID) -> User:
    """The teacher with their profile, in one read. Raises Missing."""
    rows = _teacher_row.rows(teacher_id=teacher_id)
    if not rows:
        raise Missing("Teacher not found")
    teacher = User.from_db("default", _USER_FIELDS, rows[0][: len(_USER_FIELDS)])
    rules = rows[0][len(_USER_FIELDS) :]
    if rules[0] is not None:
        teacher.profile = TeacherProfile.from_db("default", _RULE_FIELDS, rules)
    else:
        teacher.profile = TeacherProfile(user=teacher)
    return teacher


def bookable(teacher: User, now: dt.datetime, *, by_teacher: bool = False) -> Span:
    """From the minimum notice, which does not bind the teacher, to the horizon: outside of it nothing can be booked."""
    return bookable_by(teacher.rules, now, by_teacher=by_teacher)


def bookable_by(rules: TeacherProfile, now: dt.datetime, *, by_teacher: bool = False) -> Span:
    """The same of rules that were read without their teacher."""
    notice = 0 if by_teacher else rules.minimum_notice_minutes
    return Span(now + dt.timedelta(minutes=notice), now + dt.timedelta(days=rules.horizon_days))


def hours(
    teacher: User, span: Span, *, now: dt.datetime, ignoring: uuid.UUID = NOTHING, by_teacher: bool = False
) -> Hours:
    """The teacher's windows around `span`, and what is free in it, as if the booking `ignoring` were not there."""
    open_span = _inside(span, bookable(teacher, now, by_teacher=by_teacher))
    if open_span is None:
        return Hours([], [])
    windows, rows = _read(_rows, teacher, around=span, taken=open_span, ignoring=ignoring)
    return Hours(windows, _free(windows, rows, teacher, open_span))


def _inside(span: Span, limits: Span) -> Span | None:
    start, end = max(span.start, limits.start), min(span.end, limits.end)
    return Span(start, end) if start < end else None


def _read(
    query: PreparedQuery, teacher: User, *, around: Span, taken: Span, ignoring: uuid.UUID = NOTHING
) -> tuple[list[Span], list[Row]]:
    """The windows around a span, and all rows: among them what is taken of another span."""
    zone, buffer = zones.load(teacher.timezone), dt.timedelta(minutes=teacher.rules.buffer_minutes)
    # A day more on both sides: where a clock goes back over midnight, a span may hold times of the date before.
    first, last = around.start.astimezone(zone).date() - DAY, around.end.astimezone(zone).date() + DAY
    rows = query.rows(
        teacher_id=teacher.id,
        first=first,
        last=last,
        start=taken.start,
        end=taken.end + buffer,
        since=taken.start - LONGEST_BLOCK,
        ignoring=ignoring,
    )
    windows = slots.windows_between(first, last, [Window(*row[:4]) for row in rows if row[0] is not None], zone)
    return windows, rows


def _free(windows: Sequence[Span], rows: Sequence[Row], teacher: User, span: Span) -> list[Span]:
    """What is free of the span."""
    buffer = dt.timedelta(minutes=teacher.rules.buffer_minutes)
    # A new session keeps its own buffer after it, so before a booking the free time ends that earlier.
    taken = [
        Span(begin - buffer if is_booking else begin, until)
        for *_, begin, until, is_booking in rows
        if begin is not None
    ]
    return slots.subtract(slots.clip(slots.union(windows), *span), taken)


def is_free(
    teacher: User,
    span: Span,
    *,
    now: dt.datetime,
    ignoring: uuid.UUID = NOTHING,
    by_teacher: bool = False,
    outside_hours: bool = False,
) -> bool:
    """Whether a session of that span can be booked: the one rule for requests and for moves alike.

    `by_teacher`: without the minimum notice. `outside_hours`: whatever the working hours and absences, so that only
    other sessions and their buffers stand against it.
    """
    limits = bookable(teacher, now, by_teacher=by_teacher)
    if span.start < limits.start or span.end > limits.end:
        return False
    if outside_hours:
        is_open = not _is_booked(teacher, span, ignoring)
    else:
        is_open = slots.fits(span, hours(teacher, span, now=now, ignoring=ignoring, by_teacher=by_teacher).free)
    return is_open and bool(hosts.with_room(teacher, [span], ignoring=ignoring))


def _is_booked(teacher: User, span: Span, ignoring: uuid.UUID) -> bool:
    until = span.end + dt.timedelta(minutes=teacher.rules.buffer_minutes)
    taught = Booking.objects.filter(teacher=teacher).live().exclude(id=ignoring)
    return taught.within(span.start, until, since=span.start - LONGEST_BLOCK).exists()


def offered(
    teacher: User,
    first: dt.date,
    last: dt.date,
    *,
    duration: dt.timedelta,
    timezone: str,
    now: dt.datetime,
    ignoring: uuid.UUID = NOTHING,
) -> list[Span]:
    """The slots that start on the dates `first` to `last` by the clock of `timezone`."""
    limits = bookable(teacher, now)
    # Also keeps the arithmetic below away from the ends of the calendar.
    if last < limits.start.date() - 2 * DAY or first > limits.end.date() + 2 * DAY:
        return []
    days = slots.days_between(first, last, zones.load(timezone))
    if days is None:
        return []
    # The last session may end on the day after.
    windows, free = hours(teacher, Span(days.start, days.end + duration), now=now, ignoring=ignoring)
    interval = dt.timedelta(minutes=teacher.rules.slot_interval_minutes)
    found = slots.offered(windows, free, duration=duration, interval=interval)
    return hosts.with_room(teacher, [slot for slot in found if days.start <= slot.start < days.end])


class Explained(NamedTuple):
    """The slots that are offered, and for every other start why it is not."""

    offered: list[Span]
    not_offered: list[NotOffered]


def explained(
    teacher: User,
    first: dt.date,
    last: dt.date,
    *,
    duration: dt.timedelta,
    timezone: str,
    now: dt.datetime,
    ignoring: uuid.UUID = NOTHING,
) -> Explained:
    """What `offered` gives, and why nothing else of the days' grid can be booked: all from one read.

    A start that is free but on no window's grid is in neither list. Whether the student who asks has another session
    then is left out, as it is with what is offered.
    """
    zone, interval = zones.load(timezone), dt.timedelta(minutes=teacher.rules.slot_interval_minutes)
    days = slots.days_between(first, last, zone)
    if days is None:
        return Explained([], [])
    windows, there = _obstacles(teacher, Span(days.start, days.end + duration), now, ignoring)
    found = slots.offered(windows, there.free, duration=duration, interval=interval)
    midnights = slots.windows_between(first, last, reasons.EVERY_DAY, zone)
    grid = reasons.grid([*midnights, *windows], within=days, duration=duration, interval=interval)
    open_slots = [slot for slot in found if days.start <= slot.start < days.end]
    offered_slots = hosts.with_room(teacher, open_slots)
    without_host = [NotOffered(slot, Reason.NO_HOST) for slot in open_slots if slot not in offered_slots]
    return Explained(offered_slots, sorted([*there.not_offered(grid), *without_host]))


def _obstacles(teacher: User, span: Span, now: dt.datetime, ignoring: uuid.UUID) -> tuple[list[Span], Obstacles]:
    """The windows around the span, and what stands against sessions in it."""
    windows, rows = _read(_rows_with_ends, teacher, around=span, taken=span, ignoring=ignoring)
    limits = bookable(teacher, now)
    open_span = _inside(span, limits)
    return windows, Obstacles(
        now=now,
        bookable=limits,
        hours=slots.union(windows),
        time_off=slots.union(Span(begin, end) for *_, begin, end, is_booking in rows if is_booking is False),
        booked=slots.union(Span(begin, end) for *_, end, begin, _until, is_booking in rows if is_booking),
        free=_free(windows, rows, teacher, open_span) if open_span else [],
    )
