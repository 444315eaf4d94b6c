"""Requests that their sender may repeat: the same key gets the same answer, and the work is done once.

The key's row is written in the transaction of the work itself. A crash takes both back, so that no key stays taken
without its work; a refusal takes both back too, so that a refused request can be repeated as if it were new.
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


class Sent(NamedTuple):
    """What was sent under a key: the sender's name for the request, and a digest of its content."""

    key: str
    fingerprint: str

    @classmethod
    def of(cls, key: str, content: Mapping[str, Any]) -> "Sent":
        """The same content gives the same digest, however its keys are ordered."""
        text = json.dumps(content, sort_keys=True, default=str)
        return cls(key, hashlib.sha256(text.encode()).hexdigest())


@contended
@transaction.atomic
def once(work: Callable[[], Any], *, sent: Sent, by: User, now: dt.datetime) -> Any:
    """The answer of `work` (JSON), or the one it gave when `by` sent this key first, in the last 24 hours.

    A request under a key that is being worked on waits for its outcome. Raises Refused where the content is another,
    and what `work` raises.
    """
    IdempotencyKey.objects.filter(user=by, key=sent.key, created_at__lte=now - KEPT).delete()
    row, is_first = _claim(sent, by, now)
    if not is_first:
        if row.fingerprint != sent.fingerprint:
            raise Refused("This Idempotency-Key was sent before with another body", code="idempotency_key_reused")
        return json.loads(row.answer)
    answer = work()
    row.answer = json.dumps(answer)
    row.save(update_fields=["answer"])
    return answer


def _claim(sent: Sent, by: User, now: dt.datetime) -> tuple[IdempotencyKey, bool]:
    """The key's row, and whether it is new. The unique index makes a second claimer wait for the first one's end."""
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(user=by, key=sent.key, fingerprint=sent.fingerprint, created_at=now)
        return row, True
    except IntegrityError:
        return IdempotencyKey.objects.get(user=by, key=sent.key), False


def forget(*, now: dt.datetime) -> int:
    """Drops the keys that are older than 24 hours; how many there were."""
    return IdempotencyKey.objects.filter(created_at__lte=now - KEPT).delete()[0]
