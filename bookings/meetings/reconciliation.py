"""Compare Zoom's meetings with the bookings of a span of time, and repair differences.

The outbox keeps both in agreement; this finds changes from outside: a meeting deleted or moved at Zoom, or left there
by a process that died at the worst moment. Meetings without the id of one of our bookings are never touched.
"""

import datetime as dt
import logging
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from accounts.models import TeacherProfile
from bookings import zoom_client
from bookings.locking import find_locked
from bookings.meetings.steps import is_at_its_time
from bookings.meetings.sync import request_sync
from bookings.models import Booking, MeetingSync
from bookings.scheduling import hosts
from bookings.scheduling.slots import Span
from bookings.states import Status
from bookings.zoom_client import ZoomClient, ZoomError, ZoomGone, ZoomHostGone, ZoomMeeting

logger = logging.getLogger(__name__)

# How far ahead the hourly sweep looks.
COMING = dt.timedelta(days=30)
# Link and passcode are compared only this long before a session: lists do not show them, and each costs a request.
SOON = dt.timedelta(days=1)
# Statuses in which a booking keeps its meeting. A pending one may have been confirmed before.
KEEPING = (Status.PENDING, Status.CONFIRMED, Status.COMPLETED)
_MARKER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\s|\Z)")


class Kind(StrEnum):
    """Kinds of disagreement between Zoom and a booking."""

    MISSING = "missing"  # a confirmed booking without its meeting
    MOVED = "moved"  # its meeting is at another time
    CHANGED = "changed"  # its meeting has another link or passcode
    EXTRA = "extra"  # a meeting that its booking no longer owns


class Disagreement(NamedTuple):
    """A booking, and the meeting that is missing or wrong."""

    kind: Kind
    booking: Booking
    meeting_id: str

    def __str__(self) -> str:
        start = f"{self.booking.start_time:%Y-%m-%d %H:%M} UTC"
        return f"{self.kind}: meeting {self.meeting_id} of booking {self.booking.id}, {self.booking.status}, {start}"


class Findings(NamedTuple):
    """What differs, a sentence for each host whose meetings Zoom did not list, and one for each marked meeting whose
    booking is not in this database: an older backup was restored, or another installation uses the Zoom account.
    """

    disagreements: list[Disagreement]
    unasked: list[str]
    unknown: list[str]


def look(span: Span, *, now: dt.datetime) -> Findings:
    """Compare Zoom with the bookings of `span`, host by host. Changes nothing."""
    zoom, findings = zoom_client.client(), Findings([], [], [])
    for host in sorted(_hosts(span)):
        try:
            _compare(host, span, zoom, now, findings)
        except ZoomError as error:
            findings.unasked.append(f"{host}: {error.sentence}")
    return findings


def sweep(*, now: dt.datetime) -> int:
    """Repair differences from yesterday to 30 days ahead. Return how many; the next sweep retries failures.

    Nothing is repaired while Zoom has meetings of unknown bookings: after an older backup was restored, meetings that
    are newer than it would be deleted.
    """
    findings = look(Span(now - dt.timedelta(days=1), now + COMING), now=now)
    for sentence in findings.unasked:
        logger.warning("Zoom could not be compared with the bookings of %s", sentence)
    if findings.unknown:
        logger.error(
            "Zoom was not repaired: it has %d meeting(s) of bookings that are not in this database. "
            "Was an older backup restored (docs/operations.md)? The first is %s.",
            len(findings.unknown),
            findings.unknown[0],
        )
        return 0
    return sum(_try_to_repair(found, now) for found in findings.disagreements)


def _try_to_repair(found: Disagreement, now: dt.datetime) -> bool:
    try:
        is_repaired = repair(found, now=now)
    except ZoomError as error:
        logger.warning("Zoom differs, %s, and could not be repaired: %s", found, error.sentence)
        return False
    if is_repaired:
        logger.warning("Zoom differed, and was repaired: %s", found)
    return is_repaired


def repair(found: Disagreement, *, now: dt.datetime) -> bool:
    """Repair one disagreement if it still exists. Return whether it did. Raises ZoomError.

    An extra meeting is deleted here; a booking's own is left to the outbox, as is anything with an open sync.
    """
    with transaction.atomic():
        booking = find_locked(found.booking.id, None)
        if MeetingSync.objects.open().filter(booking=booking).exists():
            return False
        if found.kind == Kind.EXTRA:
            is_still_so = not _owns(booking, found.meeting_id)
        elif is_still_so := booking.status == Status.CONFIRMED:
            request_sync(booking, now=now, reads_back=True)
    # Nothing adopts it meanwhile: only the delivery of an open sync looks for meetings to adopt.
    if is_still_so and found.kind == Kind.EXTRA:
        return _delete_extra(found)
    return is_still_so


def _delete_extra(found: Disagreement) -> bool:
    """Delete the meeting, unless it is another booking's, or Zoom does not show this booking's marker on it."""
    zoom = zoom_client.client()
    owner = Booking.objects.filter(zoom_meeting_id=found.meeting_id, status__in=KEEPING).exclude(pk=found.booking.pk)
    meeting = None if owner.exists() else _look_up(found.meeting_id, zoom)
    if meeting is None or _marked_by(meeting) != found.booking.pk:
        return False
    zoom.delete_meeting(found.meeting_id)
    return True


def host_problem(host: str) -> str:
    """Return why meetings cannot be made under this host, in a sentence; empty if they can."""
    try:
        is_there = zoom_client.client().within_one_limit().has_host(host)
    except ZoomError as error:
        return f"Zoom could not be asked about this host: {error.sentence}"
    return "" if is_there else "There is no such user in the Zoom account."


def _hosts(span: Span) -> set[str]:
    """Return all hosts under whom meetings of these days were made, or would be."""
    bookings = Booking.objects.filter(start_time__gte=span.start, start_time__lt=span.end).exclude(zoom_host="")
    own = TeacherProfile.objects.exclude(zoom_host="").values_list("zoom_host", flat=True)
    return {*bookings.values_list("zoom_host", flat=True).distinct(), *own, *hosts.pool()}


def _compare(host: str, span: Span, zoom: ZoomClient, now: dt.datetime, findings: Findings) -> None:
    listed: dict[str, ZoomMeeting] = {}
    with suppress(ZoomHostGone):  # a deleted host has none
        listed = {meeting.id: meeting for meeting in zoom.list_meetings(host)}
    findings.disagreements.extend(_wrong_bookings(host, span, listed, zoom, now))
    for meeting, booking_id, booking in _marked_meetings(span, listed.values(), now):
        if booking is None:
            findings.unknown.append(f"meeting {meeting.id} of booking {booking_id}, {meeting.start:%Y-%m-%d %H:%M} UTC")
        elif not _owns(booking, meeting.id):
            findings.disagreements.append(Disagreement(Kind.EXTRA, booking, meeting.id))


def _wrong_bookings(
    host: str, span: Span, listed: dict[str, ZoomMeeting], zoom: ZoomClient, now: dt.datetime
) -> Iterator[Disagreement]:
    confirmed = Booking.objects.filter(status=Status.CONFIRMED, end_time__gt=now, zoom_host=host)
    for booking in confirmed.filter(start_time__gte=span.start, start_time__lt=span.end):
        meeting_id = booking.zoom_meeting_id or ""
        meeting = listed.get(meeting_id) or _look_up(meeting_id, zoom)
        if meeting is None:
            yield Disagreement(Kind.MISSING, booking, meeting_id)
        elif not is_at_its_time(meeting, booking):
            yield Disagreement(Kind.MOVED, booking, meeting_id)
        elif booking.start_time < now + SOON and not _lets_people_in(booking, zoom):
            yield Disagreement(Kind.CHANGED, booking, meeting_id)


def _lets_people_in(booking: Booking, zoom: ZoomClient) -> bool:
    """Return True if the stored link and passcode are the meeting's."""
    meeting = _look_up(booking.zoom_meeting_id or "", zoom)
    shown = (booking.zoom_join_url, booking.zoom_password)
    return meeting is None or (meeting.join_url, meeting.password) == shown


def _look_up(meeting_id: str, zoom: ZoomClient) -> ZoomMeeting | None:
    """Look the meeting up by its id: lists lag, and cannot prove that it is gone."""
    try:
        return zoom.get_meeting(meeting_id)
    except ZoomGone:
        return None


def _marked_meetings(
    span: Span, listed: Iterable[ZoomMeeting], now: dt.datetime
) -> Iterator[tuple[ZoomMeeting, uuid.UUID, Booking | None]]:
    """Yield each marked meeting with its booking. Recent ones are left out: they may not be recorded yet."""
    marks = {meeting: _marked_by(meeting) for meeting in listed if _is_in(span, meeting) and _is_settled(meeting, now)}
    marked = {meeting: booking_id for meeting, booking_id in marks.items() if booking_id}
    bookings = Booking.objects.in_bulk(marked.values())
    for meeting, booking_id in marked.items():
        yield meeting, booking_id, bookings.get(booking_id)


def _owns(booking: Booking, meeting_id: str) -> bool:
    return booking.zoom_meeting_id == meeting_id and booking.status in KEEPING


def _marked_by(meeting: ZoomMeeting) -> uuid.UUID | None:
    found = _MARKER.match(meeting.agenda)
    return uuid.UUID(found[0]) if found else None


def _is_in(span: Span, meeting: ZoomMeeting) -> bool:
    return meeting.start is not None and span.start <= meeting.start < span.end


def _is_settled(meeting: ZoomMeeting, now: dt.datetime) -> bool:
    return meeting.created_at is not None and meeting.created_at <= now - MeetingSync.GRACE


__all__ = ["Disagreement", "Findings", "Kind", "ZoomError", "look", "repair", "sweep"]
