"""A teacher's stored time: rules, working hours, bookings and absences around some dates, in one query.

Busy times of other calendars count as absences. Where a student wants one of the times, their own bookings come along.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, F, Model, Q, Sum
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _

from accounts.account_column import account_column, account_in
from accounts.models import MAX_BUFFER_MINUTES, TeacherProfile, User
from bookings.errors import Missing
from bookings.models import LONGEST_BLOCK, MAX_DURATION_MINUTES, Availability, Booking, BusyElsewhere, TimeOff
from bookings.scheduling.slots import DAY, FARTHEST_OFFSET, Span
from bookings.scheduling.stored_time import StoredTime
from bookings.scheduling.students_time import StudentsTime
from bookings.states import Party, Status
from bookings.working_hours import LONGEST_BUSY
from database.instances import instance
from database.prepared_query import PreparedQuery
from database.prepared_statements import Call, Row
from database.rows import Rows, instant, read_rows

NOTHING = uuid.UUID(int=0)
NOBODYS_TIME = StudentsTime(NOTHING)
# The teacher's zone, which is known only from the answer, may be a day ahead or behind at either end of what is asked
# for; a session may reach into a day more, and where a clock goes back over midnight its hours are of the date before.
_MORE_DATES = 4 * DAY
_LONGEST_SESSION = dt.timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)


class Timetable(NamedTuple):
    """A teacher with their rules and the rows of the dates asked for, with some rows around them."""

    teacher: User
    time: StoredTime
    ignoring: uuid.UUID = NOTHING
    """A booking that is left out, as if it were not there."""
    student: StudentsTime = NOBODYS_TIME
    """The time of the student who was asked for."""


class Wanting(NamedTuple):
    """A student who wants a time at `now`."""

    student_id: uuid.UUID
    now: dt.datetime


def on_dates(first: dt.date, last: dt.date) -> Span:
    """Return the span in UTC of the dates `first` to `last` in any zone."""
    start, end = (dt.datetime.combine(day, dt.time.min, dt.UTC) for day in (first, last))
    return Span(start - FARTHEST_OFFSET, end + DAY + FARTHEST_OFFSET)


def at(start: dt.datetime) -> Span:
    """Return the span in UTC of one start; without an offset, in any zone."""
    if start.tzinfo is None:
        return Span(start.replace(tzinfo=dt.UTC) - FARTHEST_OFFSET, start.replace(tzinfo=dt.UTC) + FARTHEST_OFFSET)
    return Span(start.astimezone(dt.UTC), start.astimezone(dt.UTC))


def find(
    teacher_id: uuid.UUID,
    starts: Span,
    *,
    ignoring: uuid.UUID = NOTHING,
    wanting: Wanting | None = None,
    after: Sequence[Call] = (),
) -> Timetable:
    """Return the timetable for sessions that start in the span, its end included. Raises Missing.

    `after`: statements to run before in the same round trip, such as locks.
    """
    rows = _rows(_with_teacher, teacher_id, starts, ignoring, wanting, after)
    if not rows:
        raise Missing(_("Teacher not found"))
    return _timetable(_teacher(rows[0]), rows[0][_FIRST_COLUMN:], ignoring, wanting)


def find_with_account(
    account_id: uuid.UUID, teacher_id: uuid.UUID, starts: Span, *, ignoring: uuid.UUID = NOTHING
) -> tuple[User | None, Timetable | None]:
    """Return an account and the timetable by one statement; neither if there is no such teacher."""
    asked = {"account_id": account_id, "teacher_id": teacher_id, "ignoring": ignoring}
    rows = _with_teacher_and_account.rows(**asked, **_around(starts))
    if not rows:
        return None, None
    *row, account = rows[0]
    return account_in(account), _timetable(_teacher(row), row[_FIRST_COLUMN:], ignoring)


def of(teacher: User, starts: Span, *, ignoring: uuid.UUID = NOTHING, wanting: Wanting | None = None) -> Timetable:
    """Return the same as `find` for a loaded teacher."""
    [row] = _rows(_alone, teacher.id, starts, ignoring, wanting)
    return _timetable(teacher, row, ignoring, wanting)


def _rows(
    queries: tuple[PreparedQuery, PreparedQuery],
    teacher_id: uuid.UUID,
    starts: Span,
    ignoring: uuid.UUID,
    wanting: Wanting | None,
    after: Sequence[Call] = (),
) -> list[Row]:
    (for_nobody, for_student), asked = queries, {"teacher_id": teacher_id, "ignoring": ignoring} | _around(starts)
    if wanting is None:
        return for_nobody.rows_after(after, **asked)
    return for_student.rows_after(after, **asked, **wanting._asdict())


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
    bookings = Booking.objects.filter(teacher_id=teacher_id).within(start, end, since).exclude(id=ignoring)
    absences = TimeOff.objects.filter(teacher_id=teacher_id, end_time__gt=start, start_time__lt=end)
    busy = BusyElsewhere.objects.filter(teacher_id=teacher_id).within(start, end, busy_since)
    return [
        Rows(windows.order_by().values("day_of_week", "start_time", "end_time", "date")),
        Rows(bookings.order_by().values("start_time", "end_time", "blocked_until")),
        Rows(absences.order_by().values("start_time", "end_time")),
        Rows(busy.order_by().values("start_time", "end_time")),
    ]


def _time_and_own(*, student_id: uuid.UUID, now: dt.datetime, **asked: Any) -> list[Rows]:
    """Read two columns more: the student's sessions then, and the number and length of unanswered requests."""
    start, end, since = asked["start"], asked["end"], asked["since"]
    own = Booking.objects.filter(student_id=student_id).not_ended().exclude(id=asked["ignoring"]).order_by()
    clashing = own.filter(start_time__gt=since, start_time__lt=end, end_time__gt=start)
    # As a filter of the sums: among the rows it would suggest the index of everybody's pending bookings.
    waiting, length = Q(status=Status.PENDING, awaits=Party.TEACHER), F("end_time") - F("start_time")
    ahead = own.filter(start_time__gt=now).values("student_id")
    summed = ahead.annotate(number=Count("pk", filter=waiting), held=Sum(length, filter=waiting))
    return [*_time(**asked), Rows(clashing.values("start_time", "end_time")), Rows(summed.values("number", "held"))]


def _with_teacher_and(columns: Callable[..., list[Rows]]) -> PreparedQuery:
    read = [*_USER_FIELDS, *(f"profile__{name}" for name in _RULE_FIELDS)]
    return PreparedQuery(
        lambda teacher_id, **asked: (
            User.objects.teachers().filter(id=teacher_id).values_list(*read, *columns(teacher_id=teacher_id, **asked))
        )
    )


def _alone_with(columns: Callable[..., list[Rows]]) -> PreparedQuery:
    return PreparedQuery(
        lambda teacher_id, **asked: User.objects.filter(id=teacher_id).values_list(
            *columns(teacher_id=teacher_id, **asked)
        )
    )


def _time_and_account(*, account_id: uuid.UUID, **asked: Any) -> list[Rows]:
    return [*_time(**asked), account_column(account_id)]


# For nobody, and for a student.
_with_teacher = _with_teacher_and(_time), _with_teacher_and(_time_and_own)
_alone = _alone_with(_time), _alone_with(_time_and_own)
_with_teacher_and_account = _with_teacher_and(_time_and_account)
_FIRST_COLUMN = len(_USER_FIELDS) + len(_RULE_FIELDS)


def _teacher(row: Sequence[Any]) -> User:
    teacher = instance(User, _USER_FIELDS, row[: len(_USER_FIELDS)])
    rules = row[len(_USER_FIELDS) : _FIRST_COLUMN]
    is_stored = rules[0] is not None
    teacher.profile = instance(TeacherProfile, _RULE_FIELDS, rules) if is_stored else TeacherProfile(user=teacher)
    return teacher


def _timetable(teacher: User, columns: Sequence[Any], ignoring: uuid.UUID, wanting: Wanting | None = None) -> Timetable:
    windows, booked, absences, busy, *own = columns
    rules = teacher.rules
    time = StoredTime(
        (windows, booked, absences, busy), teacher.timezone, rules.buffer_minutes, rules.slot_interval_minutes
    )
    return Timetable(teacher, time, ignoring, _students_time(wanting.student_id, *own) if wanting else NOBODYS_TIME)


def _students_time(student_id: uuid.UUID, *columns: str | None) -> StudentsTime:
    sessions, summed = map(read_rows, columns)
    [[unanswered, held]] = summed or [[0, None]]
    return StudentsTime(student_id, [Span(*map(instant, times)) for times in sessions], unanswered, _length(held or 0))


def _length(stored: int | str) -> dt.timedelta:
    """Return a length as the database wrote it into JSON: PostgreSQL as text, SQLite in microseconds."""
    length = parse_duration(stored) if isinstance(stored, str) else dt.timedelta(microseconds=stored)
    assert length is not None
    return length
