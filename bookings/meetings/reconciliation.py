"""Compares what Zoom has with what we have, over a span of time, and mends what differs.

The outbox keeps both in agreement by itself; this finds what came from outside: a meeting deleted or moved at Zoom, or
left there by a process that died at the worst moment. Meetings without the id of one of our bookings are never touched.
"""

import datetime as dt
import logging
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.models import TeacherProfile
from bookings import zoom_client
from bookings.locking import find_locked
from bookings.meetings.sync import request_sync
from bookings.models import Booking, MeetingSync
from bookings.scheduling.slots import Span
from bookings.states import Status
from bookings.zoom_client import ZoomClient, ZoomError, ZoomGone, ZoomHostGone, ZoomMeeting

logger = logging.getLogger(__name__)

# How far ahead bookings are compared of their own accord: further ones come nearer.
COMING = dt.timedelta(days=30)
_MARKER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\s|\Z)")


class Kind(StrEnum):
    """How Zoom and a booking can disagree."""

    MISSING = "missing"  # a confirmed booking without its meeting
    MOVED = "moved"  # its meeting is at another time
    EXTRA = "extra"  # a meeting that no booking owns any more


class Disagreement(NamedTuple):
    """One booking, and the meeting that it lacks or that is not as it should be."""

    kind: Kind
    booking: Booking
    meeting_id: str

    def __str__(self) -> str:
        start = f"{self.booking.start_time:%Y-%m-%d %H:%M} UTC"
        return f"{self.kind}: meeting {self.meeting_id} of booking {self.booking.id}, {self.booking.status}, {start}"


class Findings(NamedTuple):
    """What differs, and a sentence for each host of whom Zoom did not tell."""

    disagreements: list[Disagreement]
    unasked: list[str]


def look(span: Span, *, now: dt.datetime) -> Findings:
    """Where Zoom and the bookings of `span` differ, host by host. Changes nothing."""
    zoom, findings = zoom_client.client(), Findings([], [])
    for host in sorted(_hosts(span)):
        try:
            findings.disagreements.extend(_disagreements(host, span, zoom, now))
        except ZoomError as error:
            findings.unasked.append(f"{host}: {error.sentence}")
    return findings


def sweep(*, now: dt.datetime) -> int:
    """Mends whatever differs from yesterday to 30 days ahead; how much it was. What fails, the next sweep tries."""
    findings = look(Span(now - dt.timedelta(days=1), now + COMING), now=now)
    for sentence in findings.unasked:
        logger.warning("Zoom could not be compared with the bookings of %s", sentence)
    return sum(_try_to_repair(found, now) for found in findings.disagreements)


def _try_to_repair(found: Disagreement, now: dt.datetime) -> bool:
    try:
        is_mended = repair(found, now=now)
    except ZoomError as error:
        logger.warning("Zoom differs, %s, and could not be mended: %s", found, error.sentence)
        return False
    if is_mended:
        logger.warning("Zoom differed, and is mended: %s", found)
    return is_mended


def repair(found: Disagreement, *, now: dt.datetime) -> bool:
    """Mends one disagreement, if it is still one; whether it was. An extra meeting is deleted, a booking's own is left
    to the outbox. What the outbox is at, or has given up, is its own. Raises ZoomError.
    """
    with transaction.atomic():
        booking = find_locked(found.booking.id, None)
        if MeetingSync.objects.open().filter(booking=booking).exists():
            return False
        if found.kind == Kind.EXTRA:
            is_still_so = not _owns(booking, found.meeting_id)
        elif is_still_so := booking.status == Status.CONFIRMED:
            request_sync(booking, now=now)
    # Nobody adopts it meanwhile: only a delivery that began with an open event looks for meetings to adopt.
    if is_still_so and found.kind == Kind.EXTRA:
        zoom_client.client().delete_meeting(found.meeting_id)
    return is_still_so


def _hosts(span: Span) -> set[str]:
    """Everybody under whom meetings of these days were made, or would be."""
    bookings = Booking.objects.filter(start_time__gte=span.start, start_time__lt=span.end).exclude(zoom_host="")
    own = TeacherProfile.objects.exclude(zoom_host="").values_list("zoom_host", flat=True)
    return {*bookings.values_list("zoom_host", flat=True).distinct(), *own, settings.ZOOM_DEFAULT_HOST}


def _disagreements(host: str, span: Span, zoom: ZoomClient, now: dt.datetime) -> list[Disagreement]:
    listed: dict[str, ZoomMeeting] = {}
    with suppress(ZoomHostGone):  # who is gone has none
        listed = {meeting.id: meeting for meeting in zoom.list_meetings(host)}
    return [*_wrong_bookings(host, span, listed, zoom, now), *_extra_meetings(span, listed.values(), now)]


def _wrong_bookings(
    host: str, span: Span, listed: dict[str, ZoomMeeting], zoom: ZoomClient, now: dt.datetime
) -> Iterator[Disagreement]:
    confirmed = Booking.objects.filter(status=Status.CONFIRMED, end_time__gt=now, zoom_host=host)
    for booking in confirmed.filter(start_time__gte=span.start, start_time__lt=span.end):
        meeting_id = booking.zoom_meeting_id or ""
        meeting = listed.get(meeting_id) or _look_up(meeting_id, zoom)
        if meeting is None:
            yield Disagreement(Kind.MISSING, booking, meeting_id)
        elif (meeting.start, meeting.duration_minutes) != (booking.start_time, booking.duration_minutes):
            yield Disagreement(Kind.MOVED, booking, meeting_id)


def _look_up(meeting_id: str, zoom: ZoomClient) -> ZoomMeeting | None:
    """Lists lag behind; only the meeting's own address tells that it is gone."""
    try:
        return zoom.get_meeting(meeting_id)
    except ZoomGone:
        return None


def _extra_meetings(span: Span, listed: Iterable[ZoomMeeting], now: dt.datetime) -> Iterator[Disagreement]:
    """Marked meetings that no booking owns. A young one may be just being written down."""
    marked = {meeting: _marked_by(meeting) for meeting in listed if _is_in(span, meeting) and _is_settled(meeting, now)}
    ours = Booking.objects.in_bulk([booking_id for booking_id in marked.values() if booking_id])
    for meeting, booking_id in marked.items():
        booking = ours.get(booking_id) if booking_id else None
        if booking and not _owns(booking, meeting.id):
            yield Disagreement(Kind.EXTRA, booking, meeting.id)


def _owns(booking: Booking, meeting_id: str) -> bool:
    # A pending booking may keep the meeting that it had when it was confirmed.
    return booking.zoom_meeting_id == meeting_id and booking.status != Status.CANCELLED


def _marked_by(meeting: ZoomMeeting) -> uuid.UUID | None:
    found = _MARKER.match(meeting.agenda)
    return uuid.UUID(found[0]) if found else None


def _is_in(span: Span, meeting: ZoomMeeting) -> bool:
    return meeting.start is not None and span.start <= meeting.start < span.end


def _is_settled(meeting: ZoomMeeting, now: dt.datetime) -> bool:
    return meeting.created_at is not None and meeting.created_at <= now - MeetingSync.GRACE


__all__ = ["Disagreement", "Findings", "Kind", "ZoomError", "look", "repair", "sweep"]
