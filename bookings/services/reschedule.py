import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.utils.translation import ngettext

from accounts.models import User
from bookings.errors import Refused, SlotUnavailable
from bookings.locking import contended, find_locked
from bookings.meetings.sync import request_sync
from bookings.models import Booking
from bookings.scheduling import hosts, timetable
from bookings.scheduling.slots import Span
from bookings.services.times import (
    blocked_until,
    check_free,
    check_outside_hours,
    is_teachers_side,
    keeping_apart,
    span_of,
)
from bookings.services.unanswered import check_unanswered
from bookings.states import ANYTHING, Expected, Move, Status


@contended
@transaction.atomic
def reschedule_booking(
    *,
    booking_id: uuid.UUID,
    by: User,
    start: dt.datetime,
    duration: int | None,
    now: dt.datetime,
    outside_hours: bool = False,
    expected: Expected = ANYTHING,
) -> Booking:
    """Move the booking to `start`, for `duration` minutes (None: as long as before); its meeting follows.

    `outside_hours`, for the teacher and staff: ignore the teacher's hours and absences. A confirmed booking moved by
    its student becomes pending again if the teacher wants to agree; its meeting then stays as it was.

    Raises Missing, Forbidden, Refused (also for too many moves in a day), SlotUnavailable, Invalid or Busy.
    """
    booking = find_locked(booking_id, by)
    if refusal := booking.refusal(Move.RESCHEDULE, by=by, now=now, expected=expected):
        raise refusal
    _check_moves(booking, by, now)
    check_outside_hours(by, booking.teacher_id, outside_hours=outside_hours)
    span = span_of(booking.teacher, start, duration or booking.duration_minutes)
    wanting = timetable.Wanting(booking.student_id, now)
    found = timetable.of(booking.teacher, timetable.at(span.start), ignoring=booking.id, wanting=wanting)
    check_free(
        found,
        span,
        by=by,
        now=now,
        by_teacher=is_teachers_side(by, booking.teacher_id),
        outside_hours=outside_hours,
    )
    if booking.status == Status.PENDING and by.id == booking.student_id:
        check_unanswered(found.student, span, is_moved=True)
    _keep_lane(booking, span)
    until = blocked_until(booking.teacher, span)
    keeping_apart(lambda: booking.reschedule(by=by, now=now, start=span.start, end=span.end, blocked_until=until))
    request_sync(booking, now=now)
    return booking


def _keep_lane(booking: Booking, span: Span) -> None:
    """Keep the meeting with its host, which must have room at the new time. Raises SlotUnavailable."""
    if booking.zoom_meeting_id is None:
        return
    has_room, booking.host_lane = hosts.has_lane(booking.zoom_host, span, ignoring=booking.id)
    if not has_room:
        raise SlotUnavailable


def _check_moves(booking: Booking, by: User, now: dt.datetime) -> None:
    """Limit moves: each counts against the host's daily limit at Zoom. Raises Refused."""
    most = settings.MAX_MOVES_PER_BOOKING
    if not most or by.is_superuser:
        return
    if booking.changes.filter(move=Move.RESCHEDULE, by=by, at__gt=now - dt.timedelta(days=1)).count() >= most:
        sentence = ngettext(
            "You have moved this session %(most)d times within a day; try again later",
            "You have moved this session %(most)d times within a day; try again later",
            most,
        )
        raise Refused(sentence % {"most": most}, code="too_many_moves")
