"""Locks on a booking's row, and on its teacher and student."""

import functools
import hashlib
import uuid
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Busy, Missing
from bookings.models import Booking
from database.prepared_statements import Call, PlansLost, Statement, prepared_in_transactions, run

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL: serialization_failure, deadlock_detected; and lock_not_available, once the request's time is up.
_CONTENTION = {"40001", "40P01"}
_TIMEOUT = "55P03"


def contended(service: Callable[P, R]) -> Callable[P, R]:
    """Retry the service once after a deadlock, then raise Busy; after a lock timeout raise Busy at once.

    Also retry it where its prepared statements are lost. A failed attempt changes nothing.
    """

    @functools.wraps(service)
    def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with prepared_in_transactions():
                return service(*args, **kwargs)
        except OperationalError as error:
            if _pgcode(error) == _TIMEOUT:
                raise Busy from error
            if not _is_contention(error):
                raise
        try:
            return service(*args, **kwargs)
        except OperationalError as error:
            if not _is_contention(error) and _pgcode(error) != _TIMEOUT:
                raise
            raise Busy from error

    return retried


def _is_contention(error: OperationalError) -> bool:
    return isinstance(error, PlansLost) or _pgcode(error) in _CONTENTION or "database is locked" in str(error)


def _pgcode(error: OperationalError) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def lock_people(*people: uuid.UUID) -> None:
    """Take a lock for each person until the transaction ends, so that one writer at a time changes their bookings.

    Call it before locking any row. The locks are taken in a fixed order: the constraint alone is safe, but overlapping
    writers would deadlock. The locks also put the changes of a person's bookings in the order of their commits, which
    the feed of changes relies on. SQLite has only one writer at a time anyway.
    """
    if locks := locks_of(*people):
        run(locks, connection)


def locks_of(*people: uuid.UUID) -> list[Call]:
    """Return what `lock_people` runs, to be sent together with the first read."""
    if connection.vendor != "postgresql":
        return []
    keys = sorted(int.from_bytes(hashlib.sha256(person.bytes).digest()[:8], signed=True) for person in people)
    return [Call(_locks(len(keys)), keys)]


@functools.cache
def _locks(number: int) -> Statement:
    return Statement(f"SELECT {', '.join(['pg_advisory_xact_lock(%s)'] * number)}")


def find_locked(booking_id: uuid.UUID, by: User | None) -> Booking:
    """Return the booking, locked, with its people, who are locked too.

    Raises Missing if it does not exist or `by` (None: the system) may not see it.
    """
    bookings = Booking.objects.all() if by is None else Booking.objects.visible_to(by)
    people = bookings.filter(id=booking_id).values_list("teacher_id", "student_id").first()
    if people is None:
        raise Missing(_("Booking not found"))
    lock_people(*people)  # a booking's people never change
    return Booking.objects.locked().with_people().get(id=booking_id)
