"""How events of the outbox stand, in words for whoever runs the service."""

import datetime as dt
from typing import Any

from django.db.models import Case, CharField, QuerySet, TextChoices, Value, When

from accounts.zones import when


class State(TextChoices):
    """How an event stands."""

    STOPPED = "stopped", "Stopped"
    DUE = "due", "Due now"
    WAITING = "waiting", "Waiting"
    DELIVERING = "delivering", "Being delivered"
    DONE = "done", "Done"


def with_state(events: QuerySet[Any], *, now: dt.datetime) -> QuerySet[Any]:
    """The events, each with its `state`. The first that holds counts: what was done may have stopped before."""
    annotated: QuerySet[Any] = events.annotate(state=_state(now))
    return annotated


def _state(now: dt.datetime) -> Case:
    return Case(
        When(done_at__isnull=False, then=Value(State.DONE.value)),
        When(stopped_at__isnull=False, then=Value(State.STOPPED.value)),
        When(leased_until__gt=now, then=Value(State.DELIVERING.value)),
        When(due_at__gt=now, then=Value(State.WAITING.value)),
        default=Value(State.DUE.value),
        output_field=CharField(),
    )


def state_words(event: Any) -> str:
    """The state of an event that has one, as it stands in a list."""
    if event.state == State.WAITING:
        return f"Waits until {when(event.due_at)}"
    return State(event.state).label


def told(event: Any) -> str:
    """What the state of an event means for its booking, in sentences."""
    match event.state:
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
