"""Rows of an outbox: work for another system, kept until it is done."""

import datetime as dt
from typing import Any, NamedTuple, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbox.metrics import count_move
from outbox.querysets import OutboxQuerySet
from outbox.states import FROM, Move, State


class Claim(NamedTuple):
    """The right to deliver a row, as the row was when claimed."""

    row_id: Any  # the model's primary key
    fence: int
    version: int


class IllegalMoveError(Exception):
    """The row's state does not allow this move."""


class Heartbeat(models.Model):
    """When a worker last began a round of some jobs, which shows that worker and beat are alive."""

    jobs = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.jobs}: {self.at:%Y-%m-%d %H:%M:%S} UTC"

    @staticmethod
    def record(jobs: str, now: dt.datetime) -> None:
        """Record the start of a round of these jobs."""
        Heartbeat.objects.bulk_create(
            [Heartbeat(jobs=jobs, at=now)], update_conflicts=True, unique_fields=["jobs"], update_fields=["at"]
        )

    @staticmethod
    def age(jobs: str, now: dt.datetime) -> dt.timedelta | None:
        """Return the time since the last round began, or None if there was none."""
        last = Heartbeat.objects.filter(jobs=jobs).first()
        return now - last.at if last else None


class OutboxRow(models.Model):
    """Something to deliver. Its worker holds a lease, with a fencing token.

    Nothing can be written with an older fence: see `held`. A model needs a manager of its OutboxQuerySet. A move
    changes the row and saves it; call it inside a transaction that holds the row's lock.
    """

    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"), help_text=_("Not to be delivered before."))
    version = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("Grows with every change that has to be delivered.")
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    fence = models.PositiveIntegerField(_("fence"), default=0, help_text=_("Grows with every claim."))
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    refusals = models.PositiveIntegerField(_("refusals"), default=0, help_text=_("Permanent refusals in a row."))
    stopped_at = models.DateTimeField(
        _("stopped at"), null=True, blank=True, help_text=_("Not delivered again until somebody retries it.")
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        abstract = True

    @property
    def failure(self) -> str:
        """The last error for a reader: our own sentences in their language, those of other services as they are."""
        return gettext(self.last_error)

    @classmethod
    def held(cls, claim: Claim) -> Self | None:
        """Return the claimed row, locked; None if it is done, or another worker has claimed it since."""
        rows: OutboxQuerySet[Self] = cls._default_manager.select_for_update()  # type: ignore[assignment]  # abstract
        return rows.open().filter(pk=claim.row_id, fence=claim.fence).first()

    def state(self, now: dt.datetime) -> State:
        if self.done_at is not None:
            return State.DONE
        if self.stopped_at is not None:
            return State.STOPPED
        if self.leased_until is not None and self.leased_until > now:
            return State.DELIVERING
        return State.WAITING if self.due_at > now else State.DUE

    def allows(self, move: Move, now: dt.datetime) -> bool:
        return self.state(now) in FROM[move]

    # --- Moves ---

    def claim(self, now: dt.datetime, lease: dt.timedelta) -> Claim:
        """Give the row to the caller for the length of the lease. Raises IllegalMoveError."""
        self._begin(Move.CLAIM, now)
        self.fence += 1
        self.attempts += 1
        self.leased_until, self.stopped_at = now + lease, None
        self.save()
        return Claim(self.pk, self.fence, self.version)

    def renew(self, now: dt.datetime, *, due_at: dt.datetime | None = None) -> None:
        """New work is due at `due_at` (default: now). A delivery in progress then no longer settles the row."""
        self._begin(Move.RENEW, now)
        self.version += 1
        self.due_at, self.stopped_at, self.refusals = due_at or now, None, 0
        self.save()

    def settle(self, claim: Claim, now: dt.datetime, *, again_at: dt.datetime | None = None) -> None:
        """End the claim after a success. The row is done, unless it was renewed meanwhile or is due `again_at`."""
        self._begin(Move.SETTLE, now)
        self.leased_until, self.stopped_at = None, None
        self.refusals, self.last_error = 0, ""
        if self.version != claim.version:
            self.due_at = now
        elif again_at is not None:
            self.due_at = again_at
        else:
            self.done_at = now
        self.save()

    def postpone(self, until: dt.datetime, now: dt.datetime, *, error: str, is_refusal: bool = False) -> None:
        """End the claim after a failure; the row is due at `until`. `is_refusal`: retrying is unlikely to help."""
        self._begin(Move.POSTPONE, now)
        self.leased_until, self.due_at = None, until
        self.refusals = self.refusals + 1 if is_refusal else 0
        self.last_error = error[:500]
        self.save()

    def drop(self, now: dt.datetime, *, error: str) -> None:
        """End the claim after a failure that left nothing to do: the row is done."""
        self._begin(Move.DROP, now)
        self.leased_until, self.done_at, self.last_error = None, now, error[:500]
        self.save()

    def stop(self, now: dt.datetime, *, error: str) -> None:
        """End the claim without retries: the row waits until an operator retries it."""
        self._begin(Move.STOP, now)
        self.leased_until, self.stopped_at, self.last_error = None, now, error[:500]
        self.save()

    def _begin(self, move: Move, now: dt.datetime) -> None:
        if not self.allows(move, now):
            raise IllegalMoveError(f"Cannot {move} a row that is {self.state(now)}.")
        count_move(self._meta.label_lower, move.value)
