"""Outbox queries."""

import datetime as dt
from typing import Any, NamedTuple, Self, TypeVar

from django.db import models
from django.db.models import Case, CharField, Count, Min, Q, Value, When

from outbox.states import State

R = TypeVar("R", bound=models.Model, covariant=True)


class Backlog(NamedTuple):
    """Number of open rows, of stopped and of failing ones among them, and seconds since the oldest became due.

    A failing row was postponed after an error, so that it is not due while it waits.
    """

    open: int
    stopped: int
    failing: int
    oldest_due_seconds: float


class OutboxQuerySet(models.QuerySet[R]):
    """Queries over the rows of one outbox, and bulk moves."""

    def open(self) -> Self:
        return self.filter(done_at=None)

    def due(self, now: dt.datetime) -> Self:
        """Return the rows that a worker may claim at `now`, the oldest due first."""
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.open().filter(free, stopped_at=None, due_at__lte=now).order_by("due_at")

    def put_off(self, now: dt.datetime, until: dt.datetime) -> int:
        """Postpone what is due, because it would meet the same failure. Return how many rows.

        Rows that somebody is changing are skipped: waiting for one while holding others would delay requests, and may
        be a deadlock with them.
        """
        held = list(self.due(now).select_for_update(skip_locked=True).values_list("pk", flat=True))
        return self.model._default_manager.filter(pk__in=held).update(due_at=until)

    def with_state(self, now: dt.datetime) -> Self:
        """Annotate each row with its `state_now`, as `OutboxRow.state` has it."""
        return self.annotate(
            state_now=Case(
                When(done_at__isnull=False, then=Value(State.DONE.value)),
                When(stopped_at__isnull=False, then=Value(State.STOPPED.value)),
                When(leased_until__gt=now, then=Value(State.DELIVERING.value)),
                When(due_at__gt=now, then=Value(State.WAITING.value)),
                default=Value(State.DUE.value),
                output_field=CharField(),
            )
        )

    def backlog(self, now: dt.datetime) -> Backlog:
        """Measure how far behind the deliveries are."""
        tried = Q(stopped_at=None)
        found: dict[str, Any] = self.open().aggregate(
            open=Count("pk"),
            stopped=Count("stopped_at"),
            failing=Count("pk", filter=tried & ~Q(last_error="")),
            oldest=Min("due_at", filter=tried & Q(due_at__lte=now)),
        )
        seconds = (now - found["oldest"]).total_seconds() if found["oldest"] else 0.0
        return Backlog(found["open"], found["stopped"], found["failing"], seconds)

    def retry(self, now: dt.datetime) -> int:
        """Make all open rows due at once, stopped ones too. Return how many there were."""
        return self.open().update(due_at=now, stopped_at=None, refusals=0)

    def end_backoff(self, now: dt.datetime) -> int:
        """Make waiting rows due. Return how many; stopped ones stay stopped."""
        return self.open().filter(due_at__gt=now, stopped_at=None).update(due_at=now)
