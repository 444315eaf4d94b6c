"""Erase an account: end its bookings, clear personal data, and leave a tombstone that no token reactivates."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Forbidden, Invalid, Refused
from bookings.locking import contended
from bookings.services import end_bookings
from outbox import clock, dispatch
from privacy.forgetting import forget
from privacy.models import Erasure


def confirmation(person: User) -> str:
    """Return the text that confirms the erasure: the account's e-mail address, or its id without one."""
    return person.email or str(person.id)


@contended
@transaction.atomic
def erase(*, person: User, by: User, confirm: str, now: dt.datetime) -> int:
    """Erase the account permanently, for the person or a superuser. Return how many bookings were cancelled.

    All or nothing. Raises Invalid, Forbidden, Refused or Busy.
    """
    if by.id != person.id and not by.is_superuser:
        raise Forbidden(_("Only superusers can erase the accounts of others"))
    if confirm.strip().lower() != confirmation(person).lower():
        by_email = _("Write the account's e-mail address to erase it for good.")
        raise Invalid("confirm", by_email if person.email else _("Write the account's id to erase it for good."))
    cancelled = end_bookings(person=person, by=by, now=now)
    _check(person)
    forget(person, now=now)
    due = clock.shared(now)
    dispatch.after_commit(Erasure.objects.create(user=person, by=by, created_at=due, due_at=due), now=due)
    return cancelled


def _check(person: User) -> None:
    """Refuse an erased account, and the last active superuser."""
    superusers = User.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True)
    ids = list(superusers.order_by("id").values_list("id", flat=True))
    if ids == [person.id]:
        raise Refused(_("You are the only superuser; make another one first"), code="sole_superuser")
    if User.objects.select_for_update(no_key=True).get(pk=person.pk).erased_at is not None:
        raise Refused(_("This account is erased already"), code="already_erased")
