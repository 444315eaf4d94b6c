"""The life of an outbox row: its states, and which move is possible from each. The only such table."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """State of a row at a moment. If several apply, the first in this order counts."""

    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    DELIVERING = "delivering", _("Being delivered")
    WAITING = "waiting", _("Waiting")
    DUE = "due", _("Due now")


class Move(TextChoices):
    CLAIM = "claim"
    RENEW = "renew"
    RETRY = "retry"
    SETTLE = "settle"
    POSTPONE = "postpone"
    DROP = "drop"
    STOP = "stop"


OPEN = (State.STOPPED, State.DELIVERING, State.WAITING, State.DUE)

FROM: dict[Move, tuple[State, ...]] = {
    # Workers claim due rows; a person may also claim waiting or stopped ones.
    Move.CLAIM: (State.DUE, State.WAITING, State.STOPPED),
    Move.RENEW: OPEN,
    Move.RETRY: OPEN,
    # These end a claim. Only the latest claimer may make them, even after its lease: the fence decides, not the clock.
    Move.SETTLE: OPEN,
    Move.POSTPONE: OPEN,
    Move.DROP: OPEN,
    Move.STOP: OPEN,
}
