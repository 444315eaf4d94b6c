"""The states of a sync, in sentences for operators."""

from typing import Any

from outbox.states import State
from wall_clock.zones import when


def told(event: Any) -> str:
    """Return what the state means for the booking, in sentences."""
    match event.state_now:
        case State.DONE:
            return "Zoom agrees with the booking."
        case State.STOPPED:
            who = "Zoom refused: " if event.refusals else ""
            return f"{who}{event.last_error} Zoom is not asked again until an administrator retries it."
        case State.DELIVERING:
            return "Zoom is being asked now."
        case State.WAITING:
            return f"Zoom is asked again at {when(event.due_at)}. {event.last_error}"
        case _:
            return f"Zoom is asked in a moment. {event.last_error}"
