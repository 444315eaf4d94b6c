"""The life of an outbox row: its states, and which move is possible from each. The only such table."""

from django.db.models import TextChoices


class State(TextChoices):
    """How a row stands at a moment. Where several would hold, the first of this order counts."""

    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    DELIVERING = "delivering", "Being delivered"
    WAITING = "waiting", "Waiting"
    DUE = "due", "Due now"


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
    # Workers take what is due; a person may also claim what waits or has stopped.
    Move.CLAIM: (State.DUE, State.WAITING, State.STOPPED),
    Move.RENEW: OPEN,
    Move.RETRY: OPEN,
    # These end a claim. They belong to the latest claimer, even after its lease: the fence decides, not the clock.
    Move.SETTLE: OPEN,
    Move.POSTPONE: OPEN,
    Move.DROP: OPEN,
    Move.STOP: OPEN,
}
