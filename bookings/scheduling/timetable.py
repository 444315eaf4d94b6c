"""A teacher's stored time: rules, working hours, bookings and absences around some dates, in one query.

Busy times of other calendars count as absences.
"""

import datetime as dt
import uuid
from typing import Any, NamedTuple

import orjson
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import MAX_BUFFER_MINUTES, TeacherProfile, User
from bookings.errors import Missing
from bookings.models import LONGEST_BLOCK, MAX_DURATION_MINUTES, Availability, Booking, BusyElsewhere, TimeOff
from bookings.scheduling.slots import DAY, FARTHEST_OFFSET, Span, Window
from bookings.working_hours import LONGEST_BUSY
from database.prepared_query import PreparedQuery
from database.prepared_statements import Row
from database.rows import Rows

NOTHING = uuid.UUID(int=0)
# The teacher's zone, which is known only from the answer, may be a day ahead or behind at either end of what is asked
# for; a session may reach into a day more, and where a clock goes back over midnight its hours are of the date before.
_MORE_DATES = 4 * DAY
_LONGEST_SESSION = dt.timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)


class Booked(NamedTuple):
    """A live booking of the teacher."""

    start: dt.datetime
    end: dt.datetime
    blocked_until: dt.datetime


class Timetable(NamedTuple):
    """A teacher with their rules and the rows of the dates asked for, with some rows around them."""

    teacher: User
    windows: list[Window]
    booked: list[Booked]
    time_off: list[Span]
    ignoring: uuid.UUID = NOTHING
    """A booking that is left out, as if it were not there."""


def on_dates(first: dt.date, last: dt.date) -> Span:
    """Return the span in UTC of the dates `first` to `last` in any zone."""
    start, end = (dt.datetime.combine(day, dt.time.min, dt.UTC) for day in (first, last))
    return Span(start - FARTHEST_OFFSET, end + DAY + FARTHEST_OFFSET)


def at(start: dt.datetime) -> Span:
    """Return the span in UTC of one start; without an offset, in any zone."""
    if start.tzinfo is None:
        return Span(start.replace(tzinfo=dt.UTC) - FARTHEST_OFFSET, start.replace(tzinfo=dt.UTC) + FARTHEST_OFFSET)
    return Span(start.astimezone(dt.UTC), start.astimezone(dt.UTC))


def find(teacher_id: uuid.UUID, starts: Span, *, ignoring: uuid.UUID = NOTHING) -> Timetable:
    """Return the timetable for sessions that start in the span, its end included. Raises Missing."""
    rows = _with_teacher.rows(teacher_id=teacher_id, **_around(starts), ignoring=ignoring)
    if not rows:
        raise Missing(_("Teacher not found"))
    return _timetable(_teacher(rows[0]), rows[0], ignoring)


def of(teacher: User, starts: Span, *, ignoring: uuid.UUID = NOTHING) -> Timetable:
    """Return the same for a loaded teacher."""
    [row] = _alone.rows(teacher_id=teacher.id, **_around(starts), ignoring=ignoring)
    return _timetable(teacher, row, ignoring)


def _around(starts: Span) -> dict[str, Any]:
    """Return the dates of the hours, and the span of possible obstacles."""
    start, end = starts.start, starts.end + _LONGEST_SESSION
    dates = {"first": start.date() - _MORE_DATES, "last": end.date() + _MORE_DATES}
    reaching_in = {"since": start - LONGEST_BLOCK, "busy_since": start - LONGEST_BUSY}
    return dates | reaching_in | {"start": start, "end": end}


# --- The statement ----------------------------------------------------------------------------------------------------


def _fields(model: type[Model], *unread: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in unread]


# Without fields that no booking needs: a biography is long.
_USER_FIELDS = _fields(User, "password", "last_login", "is_superuser", "email", "created_at")
_RULE_FIELDS = _fields(TeacherProfile, "headline", "bio")


def _time(
    *,
    teacher_id: uuid.UUID,
    first: dt.date,
    last: dt.date,
    start: dt.datetime,
    end: dt.datetime,
    since: dt.datetime,
    busy_since: dt.datetime,
    ignoring: uuid.UUID,
) -> list[Rows]:
    """Read the last four columns of a timetable's row."""
    windows = Availability.objects.filter(Q(date=None) | Q(date__gte=first, date__lte=last), teacher_id=teacher_id)
    bookings = Booking.objects.filter(teacher_id=teacher_id).live().within(start, end, since).exclude(id=ignoring)
    absences = TimeOff.objects.filter(teacher_id=teacher_id, end_time__gt=start, start_time__lt=end)
    busy = BusyElsewhere.objects.filter(teacher_id=teacher_id).within(start, end, busy_since)
    return [
        Rows(windows.order_by().values("day_of_week", "start_time", "end_time", "date")),
        Rows(bookings.order_by().values("start_time", "end_time", "blocked_until")),
        Rows(absences.order_by().values("start_time", "end_time")),
        Rows(busy.order_by().values("start_time", "end_time")),
    ]


def _teacher_and_time(*, teacher_id: uuid.UUID, **days: Any) -> QuerySet[Any, Any]:
    rules = [f"profile__{name}" for name in _RULE_FIELDS]
    found = User.objects.teachers().filter(id=teacher_id)
    return found.values_list(*_USER_FIELDS, *rules, *_time(teacher_id=teacher_id, **days))


_with_teacher = PreparedQuery(_teacher_and_time)
_alone = PreparedQuery(
    lambda teacher_id, **days: User.objects.filter(id=teacher_id).values_list(*_time(teacher_id=teacher_id, **days))
)


def _teacher(row: Row) -> User:
    teacher = User.from_db("default", _USER_FIELDS, row[: len(_USER_FIELDS)])
    rules = row[len(_USER_FIELDS) : -4]
    is_stored = rules[0] is not None
    teacher.profile = (
        TeacherProfile.from_db("default", _RULE_FIELDS, rules) if is_stored else TeacherProfile(user=teacher)
    )
    return teacher


def _timetable(teacher: User, row: Row, ignoring: uuid.UUID) -> Timetable:
    windows, booked, absences, busy = (orjson.loads(column or "[]") for column in row[-4:])
    return Timetable(
        teacher,
        [
            Window(
                weekday, dt.time.fromisoformat(start), dt.time.fromisoformat(end), date and dt.date.fromisoformat(date)
            )
            for weekday, start, end, date in windows
        ],
        [Booked(*map(_instant, times)) for times in booked],
        [Span(*map(_instant, times)) for times in (*absences, *busy)],
        ignoring,
    )


def _instant(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
