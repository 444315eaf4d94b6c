"""Requests that their sender may repeat: the same key gets the same answer, and the work is done once.

Where the work is the database's alone, the key's row is written in its transaction. A crash takes both back, so that no
key stays taken without its work; a refusal takes both back too, so that a refused request can be repeated as if it
were new. Work that calls Zoom cannot run in a transaction: its key is claimed before, and for a while.
After draft-ietf-httpapi-idempotency-key-header, with this API's statuses.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from accounts.models import User
from bookings.errors import Refused
from bookings.locking import contended
from bookings.models import IdempotencyKey

KEPT = dt.timedelta(hours=24)
# How long a claim without an answer holds: longer than any request lasts. Who claimed it has died then.
CLAIMED = dt.timedelta(minutes=2)


class Sent(NamedTuple):
    """What was sent under a key: the sender's name for the request, a digest of its content, and where to."""

    key: str
    fingerprint: str
    path: str = ""

    @classmethod
    def of(cls, key: str, content: Mapping[str, Any], *, path: str) -> "Sent":
        """The same content gives the same digest, however its keys are ordered."""
        text = json.dumps(content, sort_keys=True, default=str)
        return cls(key, hashlib.sha256(text.encode()).hexdigest(), path)


class Answer(NamedTuple):
    """What the sender was answered: a body (JSON), a status, and the address of what was made, if anything."""

    body: Any
    status: int = 200
    location: str = ""
    is_replayed: bool = False


Work = Callable[[], Answer]


@contended
@transaction.atomic
def once(work: Work, *, sent: Sent, by: User, now: dt.datetime) -> Answer:
    """Return the answer of `work`, or the one it gave when `by` sent this key first, in the last 24 hours.

    A request under a key that is being worked on waits for its outcome. Raises Refused where the request is another,
    and what `work` raises.
    """
    row, is_first = _claim(sent, by, now)
    if not is_first:
        return _replayed(row, sent)
    answer = work()
    _keep(row, answer)
    return answer


def once_outside(work: Work, *, sent: Sent, by: User, now: dt.datetime) -> Answer:
    """Do the same for work that runs outside of any transaction.

    A request under a key that is being worked on is refused.
    """
    row, is_first = _claim_before(sent, by, now)
    if not is_first:
        return _replayed(row, sent)
    try:
        answer = work()
    except BaseException:
        IdempotencyKey.objects.filter(pk=row.pk, created_at=now, answer="").delete()
        raise
    _keep(row, answer)
    return answer


@contended
@transaction.atomic(durable=True)
def _claim_before(sent: Sent, by: User, now: dt.datetime) -> tuple[IdempotencyKey, bool]:
    IdempotencyKey.objects.filter(user=by, key=sent.key, answer="", created_at__lte=now - CLAIMED).delete()
    return _claim(sent, by, now)


def _claim(sent: Sent, by: User, now: dt.datetime) -> tuple[IdempotencyKey, bool]:
    """The key's row, and whether it is new. The unique index makes a second claimer wait for the first one's end."""
    IdempotencyKey.objects.filter(user=by, key=sent.key, created_at__lte=now - KEPT).delete()
    fields = {"key": sent.key, "fingerprint": sent.fingerprint, "path": sent.path}
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=by, created_at=now, **fields), True
    except IntegrityError:
        return IdempotencyKey.objects.get(user=by, key=sent.key), False


def _replayed(row: IdempotencyKey, sent: Sent) -> Answer:
    """Return the answer that the key got. A row without a path is of the version that kept answers of requests only."""
    if row.path not in ("", sent.path):
        raise Refused("This Idempotency-Key was sent before to another address", code="idempotency_key_reused")
    if row.fingerprint != sent.fingerprint:
        raise Refused("This Idempotency-Key was sent before with another body", code="idempotency_key_reused")
    if not row.answer:
        raise Refused("The first request under this key is still being worked on", code="idempotency_key_in_use")
    return Answer(json.loads(row.answer), row.status, row.location, is_replayed=True)


def _keep(row: IdempotencyKey, answer: Answer) -> None:
    row.answer, row.status, row.location = json.dumps(answer.body, default=str), answer.status, answer.location
    row.save(update_fields=["answer", "status", "location"])
