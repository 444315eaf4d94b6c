"""The states of a sync, in sentences for operators."""

from typing import Any

from django.utils.translation import gettext as _

from outbox.states import State
from wall_clock.zones import when


def told(event: Any) -> str:
    """Return what the state means for the booking, in sentences."""
    match event.state_now:
        case State.DONE:
            return _("Zoom agrees with the booking.")
        case State.STOPPED:
            return _stopped(event.refusals) % {"error": event.failure}
        case State.DELIVERING:
            return _("Zoom is being asked now.")
        case State.WAITING:
            known = {"when": when(event.due_at), "error": event.failure}
            return _("Zoom is asked again at %(when)s. %(error)s") % known
        case _:
            return _("Zoom is asked in a moment. %(error)s") % {"error": event.failure}


def _stopped(refusals: int) -> str:
    if refusals:
        return _("Zoom refused: %(error)s Zoom is not asked again until an administrator retries it.")
    return _("%(error)s Zoom is not asked again until an administrator retries it.")
