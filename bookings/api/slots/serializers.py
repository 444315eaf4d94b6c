"""Slots and schedules, as callers read them."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.scheduling.reasons import NotOffered, Reason
from bookings.scheduling.schedule import ScheduleRow
from bookings.scheduling.slots import Span
from wall_clock import instants, zones

SENTENCES = {
    Reason.PAST: _("This time has passed."),
    Reason.OUTSIDE_HOURS: _("The session would not lie within the teacher's working hours."),
    Reason.NOTICE: _("The teacher asks for more notice."),
    Reason.HORIZON: _("The teacher does not take bookings that far ahead yet."),
    Reason.TIME_OFF: _("The teacher is away."),
    Reason.BOOKED: _("The teacher has another session then."),
    Reason.BUFFER: _("The session would come too close to another one."),
    Reason.NO_HOST: _("No Zoom host is free then."),
    Reason.OWN_SESSION: _("You have another session then."),
}


def slot_list(spans: Sequence[Span], zone: ZoneInfo) -> list[dict[str, str]]:
    """Return the offered slots: the spec's four keys by the zone's clock, and both ends in UTC."""
    # Slots share instants: each is formatted once.
    ends = {end for span in spans for end in span}
    written = {end: (instants.wall_clock(end, zone), instants.isoformat(end) + "Z") for end in ends}
    return [_slot(*written[start], *written[end]) for start, end in spans]


def _slot(start: str, start_utc: str, end: str, end_utc: str) -> dict[str, str]:
    return {
        "start_time": start[11:16],
        "end_time": end[11:16],
        "datetime_start": start,
        "datetime_end": end,
        "start": start_utc,
        "end": end_utc,
    }


def not_offered_list(refused: Sequence[NotOffered], zone: ZoneInfo) -> list[dict[str, str]]:
    """Return times that cannot be booked: the keys of a slot, the reason as a code and as a sentence."""
    sessions = slot_list([each.session for each in refused], zone)
    told = {reason: str(sentence) for reason, sentence in SENTENCES.items()}  # once, not for each of hundreds
    return [
        slot | {"reason": each.reason.value, "message": told[each.reason]}
        for slot, each in zip(sessions, refused, strict=True)
    ]


def first_slot(teacher: User, slot: Span | None, timezone: str | None) -> dict[str, Any]:
    """Return a teacher and their first slot, by the clock of `timezone` or their own."""
    name = timezone or teacher.timezone
    found = slot_list([slot], zones.load(name))[0] if slot else None
    return {"teacher_id": str(teacher.pk), "timezone": name, "slot": found}


def schedule_entries(bookings: Iterable[ScheduleRow], teacher_id: uuid.UUID, reader: User) -> list[dict[str, Any]]:
    """Return bookings of a teacher's schedule. Only the parties and staff see who the student is."""
    sees_all = reader.is_superuser or reader.id == teacher_id
    return [_schedule_entry(booking, may_know=sees_all or reader.id == booking.student_id) for booking in bookings]


def _schedule_entry(booking: ScheduleRow, *, may_know: bool) -> dict[str, Any]:
    return {
        "booking_id": booking.id if may_know else None,
        "start_time": booking.start_time,
        "end_time": booking.end_time,
        "status": booking.status,
        "student__first_name": booking.student__first_name if may_know else None,
        "student__last_name": booking.student__last_name if may_know else None,
    }
