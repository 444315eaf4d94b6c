"""A teacher's public schedule: live and completed bookings, read as rows."""

import datetime as dt
import uuid
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Missing
from bookings.models import LONGEST_BLOCK, Booking
from bookings.scheduling import slots
from bookings.scheduling.timetable import on_dates
from bookings.states import LIVE, Status
from database.prepared_query import PreparedQuery
from wall_clock import zones


class ScheduleRow(NamedTuple):
    """A booking of the teacher. To add a column, add its name and type here."""

    id: uuid.UUID
    start_time: dt.datetime
    end_time: dt.datetime
    status: str
    student_id: uuid.UUID
    student__first_name: str
    student__last_name: str
    teacher__timezone: str


def between(teacher_id: uuid.UUID, first: dt.date, last: dt.date) -> list[ScheduleRow]:
    """Return the bookings that touch the dates `first` to `last` by the teacher's clock, in order. Raises Missing."""
    around = on_dates(first, last)
    since = around.start - LONGEST_BLOCK
    found = [
        ScheduleRow._make(row)
        for row in _rows.rows(teacher_id=teacher_id, start=around.start, end=around.end, since=since)
    ]
    # The zone comes with the rows, which are therefore those of the dates in any zone.
    days = slots.days_between(first, last, zones.load(found[0].teacher__timezone if found else _zone_of(teacher_id)))
    return [row for row in found if row.start_time < days.end and row.end_time > days.start] if days else []


def _zone_of(teacher_id: uuid.UUID) -> str:
    found = _zone.rows(teacher_id=teacher_id)
    if not found:
        raise Missing(_("Teacher not found"))
    return str(found[0][0])


def _bookings(
    *, teacher_id: uuid.UUID, start: dt.datetime, end: dt.datetime, since: dt.datetime
) -> QuerySet[Booking, Any]:
    # With `since` the index finds the few bookings that may reach into the dates, not all of the past.
    touching = Booking.objects.filter(start_time__lt=end, start_time__gt=since, end_time__gt=start)
    teacher = User.objects.teachers().filter(id=teacher_id)
    shown = touching.filter(teacher__in=teacher, status__in=(*LIVE, Status.COMPLETED))
    return shown.order_by("start_time", "id").values_list(*ScheduleRow._fields)


_zone = PreparedQuery(lambda teacher_id: User.objects.teachers().filter(id=teacher_id).values_list("timezone"))
_rows = PreparedQuery(_bookings)
