"""What a teacher's time looks like, read from the database for `slots` to reckon with."""

import datetime as dt
import uuid
from typing import NamedTuple

from django.db.models import BooleanField, Model, Q, QuerySet, Value

from accounts import zones
from accounts.compiled_query import CompiledQuery
from accounts.models import TeacherProfile, User
from bookings import slots
from bookings.errors import Missing
from bookings.models import LONGEST_BLOCK, Availability, Booking, TimeOff
from bookings.slots import DAY, Span, Window


def _fields(model: type[Model], *unread: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in unread]


# Without what no booking asks: a biography is long.
_USER_FIELDS = _fields(User, "password", "last_login", "is_superuser", "email", "created_at")
_RULE_FIELDS = _fields(TeacherProfile, "headline", "bio", "zoom_host")
NOTHING = uuid.UUID(int=0)


def _busy_rows(
    *, teacher_id: uuid.UUID, start: dt.datetime, end: dt.datetime, since: dt.datetime, ignoring: uuid.UUID
) -> QuerySet[Booking, tuple[dt.datetime, dt.datetime, bool]]:
    def told(*, is_booking: bool) -> Value:
        return Value(is_booking, output_field=BooleanField())

    bookings = Booking.objects.filter(teacher_id=teacher_id).live().within(start, end, since).exclude(id=ignoring)
    absences = TimeOff.objects.filter(teacher_id=teacher_id, end_time__gt=start, start_time__lt=end)
    return (
        bookings.order_by()
        .values_list("start_time", "blocked_until", told(is_booking=True))
        .union(absences.order_by().values_list("start_time", "end_time", told(is_booking=False)), all=True)
    )


_teacher_row = CompiledQuery(
    lambda teacher_id: (
        User.objects.teachers()
        .filter(id=teacher_id)
        .values_list(*_USER_FIELDS, *(f"profile__{name}" for name in _RULE_FIELDS))
    )
)
_window_rows = CompiledQuery(
    lambda teacher_id, first, last: (
        Availability.objects.filter(Q(date=None) | Q(date__gte=first, date__lte=last))
        .filter(teacher_id=teacher_id)
        .order_by()
        .values_list("day_of_week", "start_time", "end_time", "date")
    )
)
_busy = CompiledQuery(_busy_rows)


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


def bookable(teacher: User, now: dt.datetime) -> Span:
    """From the minimum notice to the horizon: outside of it nothing can be booked."""
    rules = teacher.rules
    return Span(now + dt.timedelta(minutes=rules.minimum_notice_minutes), now + dt.timedelta(days=rules.horizon_days))


def hours(teacher: User, span: Span, *, now: dt.datetime, ignoring: uuid.UUID = NOTHING) -> Hours:
    """The teacher's windows around `span`, and what is free in it, as if the booking `ignoring` were not there."""
    zone = zones.load(teacher.timezone)
    # A day more on both sides: where a clock goes back over midnight, a span may hold times of the date before.
    first, last = span.start.astimezone(zone).date() - DAY, span.end.astimezone(zone).date() + DAY
    rows = _window_rows.rows(teacher_id=teacher.id, first=first, last=last)
    windows = slots.windows_between(first, last, [Window(*row) for row in rows], zone)
    limits = bookable(teacher, now)
    worked = slots.clip(slots.union(windows), max(span.start, limits.start), min(span.end, limits.end))
    return Hours(windows, slots.subtract(worked, _busy_spans(teacher, worked, ignoring)) if worked else [])


def _busy_spans(teacher: User, worked: list[Span], ignoring: uuid.UUID) -> list[Span]:
    """What is taken of the hours. A new session keeps its own buffer after it, so the next one begins that earlier."""
    buffer = dt.timedelta(minutes=teacher.rules.buffer_minutes)
    start, end = worked[0].start, worked[-1].end + buffer
    rows = _busy.rows(teacher_id=teacher.id, start=start, end=end, since=start - LONGEST_BLOCK, ignoring=ignoring)
    return [Span(start - buffer if is_booking else start, end) for start, end, is_booking in rows]


def is_free(teacher: User, span: Span, *, now: dt.datetime, ignoring: uuid.UUID = NOTHING) -> bool:
    """Whether a session of that span can be booked: the one rule for requests and for moves alike."""
    limits = bookable(teacher, now)
    if span.start < limits.start or span.end > limits.end:
        return False
    return slots.fits(span, hours(teacher, span, now=now, ignoring=ignoring).free)


def offered(
    teacher: User, first: dt.date, last: dt.date, *, duration: dt.timedelta, timezone: str, now: dt.datetime
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
    windows, free = hours(teacher, Span(days.start, days.end + duration), now=now)
    interval = dt.timedelta(minutes=teacher.rules.slot_interval_minutes)
    found = slots.offered(windows, free, duration=duration, interval=interval)
    return [slot for slot in found if days.start <= slot.start < days.end]
