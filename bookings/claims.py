"""The right to deliver an event: who has it, until when, and whether it is still theirs."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from bookings.models import Booking, OutboxEvent


class Claim(NamedTuple):
    """The right to deliver an event, as it was when claimed."""

    event_id: int
    fence: int
    version: int
    booking: Booking
    create_sent_at: dt.datetime | None

    @property
    def may_have_more(self) -> bool:
        """Whether an earlier create may have made a meeting that was not written down."""
        return self.create_sent_at is not None


class OvertakenError(Exception):
    """The lease ran out, and somebody else has claimed the event."""


def lease(event: OutboxEvent, now: dt.datetime) -> None:
    """Gives the event to the caller for as long as a delivery may take. Not saved yet."""
    if event.leased_until is not None:
        # It ran out: whoever had it is dead, or slow, and what they asked of Zoom may still happen. So look again.
        event.create_sent_at = now
    event.fence += 1
    event.attempts += 1
    event.leased_until = now + dt.timedelta(seconds=settings.ZOOM_LEASE_SECONDS)


def own_event(claim: Claim) -> OutboxEvent | None:
    """The claimed event, locked; None where the lease ran out and somebody else has claimed it since."""
    return OutboxEvent.objects.select_for_update().open().filter(pk=claim.event_id, fence=claim.fence).first()


@transaction.atomic(durable=True)
def note_create(claim: Claim, now: dt.datetime) -> None:
    """Before a create: from now on its outcome is unknown until written down. Raises OvertakenError."""
    if not OutboxEvent.objects.filter(pk=claim.event_id, fence=claim.fence).update(create_sent_at=now):
        raise OvertakenError
