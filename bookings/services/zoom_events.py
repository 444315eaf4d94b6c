"""Verify and apply Zoom's webhooks.

Zoom: developers.zoom.us/docs/api/webhooks. Events come at least once and in any order, so each step is idempotent and
relies on the time given in the event. Work that needs Zoom is left to the outbox.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from bookings.errors import Refused
from bookings.locking import find_locked
from bookings.meetings.sync import request_sync
from bookings.models import Booking
from bookings.services.complete import complete_booking
from bookings.states import Status
from bookings.stored_reasons import MEETING_ENDED

# Zoom tries again after 5, 20 and 60 minutes (developers.zoom.us/blog/webhook-delays), and does not say whether it
# signs again. All steps are idempotent, so an old message does no harm.
OLDEST = dt.timedelta(hours=2)
MOST_AHEAD = dt.timedelta(minutes=5)
# A meeting that ended after less of its session was a dropped connection; it may go on as a new one.
MOST_OF_IT = 3 / 4
URL_VALIDATION = "endpoint.url_validation"


def is_genuine(*, body: bytes, timestamp: str, signature: str, secret: str, now: dt.datetime) -> bool:
    """Return True if this body was signed with the secret token within the two hours before `now`."""
    sent = _sent_at(timestamp)
    if not secret or sent is None or not -MOST_AHEAD <= now - sent <= OLDEST:
        return False
    expected = "v0=" + _digest(secret, b"v0:" + timestamp.encode() + b":" + body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def validation(event: Mapping[str, Any], secret: str) -> dict[str, str]:
    """Return the answer to `endpoint.url_validation`, by which Zoom sees every 72 hours that we know the secret."""
    token = _mapping(event.get("payload")).get("plainToken")
    plain = token if isinstance(token, str) else ""
    return {"plainToken": plain, "encryptedToken": _digest(secret, plain.encode("utf-8", "replace"))}


def take(event: Mapping[str, Any], *, now: dt.datetime) -> None:
    """Apply a genuine event. Events of unknown meetings or other kinds are ignored."""
    steps = {
        "meeting.started": _started,
        "meeting.ended": _ended,
        "meeting.deleted": _changed,
        "meeting.updated": _changed,
    }
    step = steps.get(str(event.get("event")))
    meeting_id = _meeting_id(event)
    if step is None or meeting_id is None:
        return
    for booking in Booking.objects.filter(zoom_meeting_id=meeting_id):
        step(booking, _happened_at(event, now), now)


def _started(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    Booking.objects.filter(pk=booking.pk, meeting_started_at=None).update(meeting_started_at=at)


def _ended(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    Booking.objects.filter(pk=booking.pk).update(meeting_ended_at=at)
    if booking.status != Status.CONFIRMED or not _took_place(booking, at):
        return
    try:
        complete_booking(booking_id=booking.pk, by=None, reason=MEETING_ENDED, now=now)
    except Refused:
        return  # another process has just moved it, so nothing is left to do


def _took_place(booking: Booking, ended: dt.datetime) -> bool:
    """Return True if a meeting that ended then was the session, not a test or a dropped connection."""
    began = max(booking.start_time, booking.meeting_started_at or booking.start_time)
    return ended >= min(booking.end_time, began + MOST_OF_IT * (booking.end_time - booking.start_time))


@transaction.atomic
def _changed(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    """Queue a sync of a live booking: it takes longer than Zoom waits for our response."""
    found = find_locked(booking.pk, None)
    if found.status == Status.CONFIRMED and found.zoom_meeting_id == booking.zoom_meeting_id:
        request_sync(found, now=now, is_urgent=False, reads_back=True)


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _sent_at(timestamp: str) -> dt.datetime | None:
    """Zoom's samples treat the header as seconds; milliseconds have been seen."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 13:
        return None
    return _moment(int(timestamp))


def _moment(number: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(number / 1000 if number > 10**11 else number, dt.UTC)


def _happened_at(event: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    stamp = event.get("event_ts")
    return _moment(stamp) if type(stamp) is int and 0 < stamp < 10**13 else now


def _meeting_id(event: Mapping[str, Any]) -> str | None:
    """Return the meeting's number, which Zoom sends as a number or as text."""
    number = _mapping(_mapping(event.get("payload")).get("object")).get("id")
    text = str(number) if type(number) in (int, str) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
