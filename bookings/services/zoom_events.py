"""What Zoom tells us of its own accord: is it really Zoom, and what follows for the booking.

Zoom: developers.zoom.us/docs/api/webhooks. Events come at least once and in any order, so each step here may be
repeated, and each looks at what the event itself says of its time. Work that needs Zoom is left to the outbox.
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

# Zoom's documents name no limit; five minutes are the custom.
MOST_SKEW = dt.timedelta(minutes=5)
URL_VALIDATION = "endpoint.url_validation"


def is_genuine(*, body: bytes, timestamp: str, signature: str, secret: str, now: dt.datetime) -> bool:
    """Whether this very body was signed with the secret token, within five minutes of `now`."""
    sent = _sent_at(timestamp)
    if not secret or sent is None or abs(now - sent) > MOST_SKEW:
        return False
    expected = "v0=" + _digest(secret, b"v0:" + timestamp.encode() + b":" + body)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def validation(event: Mapping[str, Any], secret: str) -> dict[str, str]:
    """The answer to `endpoint.url_validation`, by which Zoom sees every 72 hours that we know the secret."""
    token = _mapping(event.get("payload")).get("plainToken")
    plain = token if isinstance(token, str) else ""
    return {"plainToken": plain, "encryptedToken": _digest(secret, plain.encode("utf-8", "replace"))}


def take(event: Mapping[str, Any], *, now: dt.datetime) -> None:
    """Does what a genuine event asks for. One of a meeting that is not ours, or of another kind, asks for nothing."""
    steps = {"meeting.started": _started, "meeting.ended": _ended, "meeting.deleted": _deleted}
    step = steps.get(str(event.get("event")))
    meeting_id = _meeting_id(event)
    if step is None or meeting_id is None:
        return
    for booking in Booking.objects.filter(zoom_meeting_id=meeting_id):
        step(booking, _happened_at(event, now), now)


def _started(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    Booking.objects.filter(pk=booking.pk, meeting_started_at=None).update(meeting_started_at=at)


def _ended(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    """A meeting that ended before its session began was somebody trying it out."""
    if at < booking.start_time or booking.status != Status.CONFIRMED:
        return
    try:
        complete_booking(booking_id=booking.pk, by=None, reason="The Zoom meeting ended", now=now)
    except Refused:
        return  # moved by somebody else just now, and so nothing is left to do


@transaction.atomic
def _deleted(booking: Booking, at: dt.datetime, now: dt.datetime) -> None:
    """A live booking needs a new meeting. That takes Zoom longer than it waits for our answer, so it is done after."""
    found = find_locked(booking.pk, None)
    if found.status == Status.CONFIRMED and found.zoom_meeting_id == booking.zoom_meeting_id:
        request_sync(found, now=now, is_urgent=False)


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
    """The meeting's number, which Zoom sends as a number or as text."""
    number = _mapping(_mapping(event.get("payload")).get("object")).get("id")
    text = str(number) if type(number) in (int, str) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
