"""Types of events, and the body of a message."""

import datetime as dt
from typing import Any

from accounts.models import User
from api_schema.rendering import to_json
from bookings import moves
from bookings.api.bookings.serializers import booking_json
from bookings.models import BookingChange
from bookings.states import Move
from wall_clock import instants
from webhooks.models import Delivery

TYPES: dict[Move, str] = {
    Move.REQUEST: "booking.requested",
    Move.CONFIRM: "booking.confirmed",
    Move.DECLINE: "booking.declined",
    Move.RESCHEDULE: "booking.rescheduled",
    Move.CANCEL: "booking.cancelled",
    Move.COMPLETE: "booking.completed",
    Move.CORRECT: "booking.corrected",
}
TEST = "endpoint.test"

# Fields that depend on the reader, or give access to the meeting.
LEFT_OUT = (
    *("can_cancel", "can_reschedule", "cancel_until", "reschedule_until"),
    *("zoom_join_url", "zoom_info"),
)
# A reader to whom the API shows bookings without the passcode.
STAFF = User(is_superuser=True)


def body(delivery: Delivery, *, now: dt.datetime) -> bytes:
    """Return the message as JSON, with the booking as it is at `now`."""
    change = delivery.change
    moment = change.at if change else delivery.created_at
    data = _of_change(change, now) if change else {"message": "This is a test."}
    return to_json({"type": delivery.event_type, "timestamp": instants.utc(moment), "data": data})


def _of_change(change: BookingChange, now: dt.datetime) -> dict[str, Any]:
    booking = change.booking
    shown = booking_json(booking, user=STAFF, now=now)
    return {
        "booking": {name: value for name, value in shown.items() if name not in LEFT_OUT},
        "move": change.move,
        "by": moves.actor(booking, change.by).value,
        "reason": change.reason,
        "from": _state(change.from_status, change.from_start, change.from_end),
        "to": _state(change.to_status, change.to_start, change.to_end),
    }


def _state(status: str, start: dt.datetime | None, end: dt.datetime | None) -> dict[str, Any] | None:
    """Return the booking's state, or None before it existed."""
    if start is None or end is None:
        return None
    return {"status": status, "start_time": instants.utc(start), "end_time": instants.utc(end)}
