"""Finish erasures: data written by requests in progress, the user at Supabase, the host at Zoom."""

import datetime as dt
import logging

from django.db import transaction

from accounts.models import User
from accounts.supabase.client import SupabaseNotConfigured, SupabaseUnavailable
from accounts.supabase.users import delete_user
from bookings.errors import Busy
from bookings.locking import contended
from bookings.services import end_bookings
from outbox import backoff
from outbox.delivery import Job, RowCourier
from privacy.forgetting import forget, forget_zoom_host
from privacy.models import Erasure

logger = logging.getLogger(__name__)

# Longer than any request that was authenticated before: then nothing more is written.
GRACE = dt.timedelta(minutes=2)
ZOOM_IS_BEHIND = "Zoom has still to be told of the last bookings."


class ErasureCourier(RowCourier[Erasure]):
    model = Erasure
    related = ("user", "by")

    def attempt(self, job: Job[Erasure], now: dt.datetime) -> bool:
        """Do the open parts until all are done, at least once after GRACE: each part is idempotent."""
        try:
            is_gone_here = _forget_again(job.row.user, job.row.by, now)
            note = self._delete_at_supabase(job.row, now)
        except (SupabaseUnavailable, Busy) as error:
            logger.warning("The erasure of %s is not finished: %s", job.row.user_id, error)
            return _postpone(job, now, str(error))
        return _settle(job, now, note) if is_gone_here else _postpone(job, now, ZOOM_IS_BEHIND)

    def _delete_at_supabase(self, erasure: Erasure, now: dt.datetime) -> str:
        """Return why nothing was deleted there; empty if it was. Raises SupabaseUnavailable."""
        if erasure.deleted_at_supabase is not None:
            return ""
        try:
            delete_user(erasure.user_id)
        except SupabaseNotConfigured as error:
            return f"Not deleted at Supabase: {error}"
        Erasure.objects.filter(pk=erasure.pk).update(deleted_at_supabase=now)
        return ""


@contended
@transaction.atomic(durable=True)
def _forget_again(person: User, by: User, now: dt.datetime) -> bool:
    end_bookings(person=person, by=by, now=now)
    forget(person, now=person.erased_at or now)
    return forget_zoom_host(person)


@transaction.atomic(durable=True)
def _settle(job: Job[Erasure], now: dt.datetime, note: str) -> bool:
    erasure, look_again_at = Erasure.held(job.claim), job.row.created_at + GRACE
    if erasure is None:
        return True
    if now < look_again_at:
        erasure.settle(job.claim, now, again_at=look_again_at)
    elif note:
        erasure.drop(now, error=note)
    else:
        erasure.settle(job.claim, now)
    return now >= look_again_at


@transaction.atomic(durable=True)
def _postpone(job: Job[Erasure], now: dt.datetime, reason: str) -> bool:
    if erasure := Erasure.held(job.claim):
        erasure.postpone(now + backoff.delay(erasure.attempts), now, error=reason)
    return False
