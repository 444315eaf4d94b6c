"""The steps of every delivery: claim in a short transaction, work outside of any, record in a second one.

A crash at any point leaves a row whose lease expires; a slow process finds that its fence is old and writes nothing.
So a delivery may come late, twice or not at all, and a courier must act on the current state, not on past events.
"""

import datetime as dt
from abc import ABC, abstractmethod
from typing import ClassVar, Generic, NamedTuple, Self, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import translation

from outbox.models import Claim, OutboxRow
from outbox.querysets import OutboxQuerySet

# A row renewed during its delivery is delivered again at once, at most this often.
MOST_ROUNDS = 3

R = TypeVar("R", bound=OutboxRow)
J = TypeVar("J")


class DeliveryFailedError(Exception):
    """The delivery failed, or may have. `sentence` is safe to show."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Courier(ABC, Generic[R, J]):
    """Delivers the rows of one model."""

    model: ClassVar[type[OutboxRow]]
    # Of the time budget of a job in a round of due jobs: less for what is slow and can wait.
    share: ClassVar[float] = 1

    @property
    def rows(self) -> OutboxQuerySet[R]:
        rows: OutboxQuerySet[R] = self.model._default_manager.all()  # type: ignore[assignment]  # abstract managers
        return rows

    @abstractmethod
    def claim(self, rows: OutboxQuerySet[R], now: dt.datetime) -> J | None:
        """Claim the first due row in a transaction, and read what its delivery needs.

        Return None if nothing is due. See `first_due`.
        """

    @abstractmethod
    def attempt(self, job: J, now: dt.datetime) -> bool:
        """Do the work outside any transaction and record its outcome in one. Return whether it worked."""

    def hurried(self) -> Self:
        """Return the courier for a caller who waits for the outcome."""
        return self

    def deliver(self, row_id: int, *, now: dt.datetime) -> bool:
        """Deliver one row if it is due and free. Return True if nothing is left to do."""
        row = self.rows.filter(pk=row_id)
        for _ in range(MOST_ROUNDS):
            job = self.claim(row, now)
            if job is None or not self._attempt(job, now):
                break
        return not row.open().exists()

    def deliver_due(self, *, now: dt.datetime, due_by: dt.datetime | None = None, most: int = 100) -> int:
        """Deliver rows that are due (since `due_by`) and free. Return how many were tried, at most `most`."""
        rows = self.rows.filter(due_at__lte=due_by or now)
        for tried in range(most):
            job = self.claim(rows, now)
            if job is None:
                return tried
            self._attempt(job, now)
        return most

    def _attempt(self, job: J, now: dt.datetime) -> bool:
        """Attempt it in English: readers of any language see what it stores, and it may run in anybody's request."""
        with translation.override(settings.LANGUAGE_CODE):
            return self.attempt(job, now)


class Job(NamedTuple, Generic[R]):
    """A row that was claimed, with the rows that it refers to."""

    claim: Claim
    row: R


class RowCourier(Courier[R, Job[R]]):
    """Delivers rows whose delivery needs nothing but the row and what it refers to."""

    # Longer than the other side is waited for.
    lease: ClassVar[dt.timedelta] = dt.timedelta(seconds=60)
    related: ClassVar[tuple[str, ...]]

    @transaction.atomic(durable=True)
    def claim(self, rows: OutboxQuerySet[R], now: dt.datetime) -> Job[R] | None:
        row = first_due(rows, now)
        if row is None:
            return None
        claim = row.claim(now, self.lease)
        return Job(claim, self.rows.select_related(*self.related).get(pk=row.pk))


@transaction.atomic(durable=True)
def drop(job: Job[R], now: dt.datetime, reason: str) -> bool:
    """Record that nothing is left to deliver, and why. Return True, as `Courier.attempt` does."""
    if row := type(job.row).held(job.claim):
        row.drop(now, error=reason)
    return True


def first_due(rows: OutboxQuerySet[R], now: dt.datetime) -> R | None:
    """Return the first of these rows that is due, locked for a claim; call it inside a transaction.

    Rows that another worker is claiming are skipped, not waited for. SQLite needs no such lock: one transaction writes
    at a time.
    """
    return rows.due(now).select_for_update(skip_locked=True).first()
