"""Idempotent requests: the same key gets the same response, and the work is done once.

If the work uses only the database, the key's row is written in its transaction. A crash rolls back both, so that no key
stays taken without its work; so does a refusal, so that a refused request can be repeated as if it were new. Work that
calls Zoom cannot run in a transaction: its key is claimed before, for a limited time.
After draft-ietf-httpapi-idempotency-key-header, with this API's statuses.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Refused
from bookings.locking import contended
from bookings.models import IdempotencyKey

KEPT = dt.timedelta(hours=24)
# How long a claim without a response holds: longer than any request lasts, so its process has died.
CLAIMED = dt.timedelta(minutes=2)


class Sent(NamedTuple):
    """A request under a key: the key, a digest of the content, and the path."""

    key: str
    fingerprint: str
    path: str = ""

    @classmethod
    def of(cls, key: str, content: Mapping[str, Any], *, path: str) -> "Sent":
        """Digest the content independently of the order of its keys; by a key, because it may hold a password."""
        text = json.dumps(content, sort_keys=True, default=str)
        return cls(key, salted_hmac("idempotency", text, algorithm="sha256").hexdigest(), path)


class Answer(NamedTuple):
    """A response: body (JSON), status, and the URL of the created object, if any."""

    body: Any
    status: int = 200
    location: str = ""
    is_replayed: bool = False


Work = Callable[[], Answer]


@contended
@transaction.atomic
def once(work: Work, *, sent: Sent, by: User, now: dt.datetime) -> Answer:
    """Return the response of `work`, or the first one that `by` got for this key in the last 24 hours.

    A concurrent request with the same key waits for the outcome. Raises Refused if the request differs, and what `work`
    raises.
    """
    row, is_first = _claim(sent, by, now)
    if not is_first:
        return _replayed(row, sent)
    answer = work()
    _keep(row, answer)
    return answer


def once_outside(work: Work, *, sent: Sent, by: User, now: dt.datetime) -> Answer:
    """Do the same for work that runs outside of any transaction.

    A concurrent request with the same key is refused.
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
    """Return the key's row, and whether it is new. The unique index makes concurrent claimers wait."""
    IdempotencyKey.objects.filter(user=by, key=sent.key, created_at__lte=now - KEPT).delete()
    fields = {"key": sent.key, "fingerprint": sent.fingerprint, "path": sent.path}
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=by, created_at=now, **fields), True
    except IntegrityError:
        return IdempotencyKey.objects.get(user=by, key=sent.key), False


def _replayed(row: IdempotencyKey, sent: Sent) -> Answer:
    """Return the stored response. Rows without a path are from a version that stored only responses of requests."""
    if row.path not in ("", sent.path):
        raise Refused(_("This Idempotency-Key was sent before to another address"), code="idempotency_key_reused")
    if row.fingerprint != sent.fingerprint:
        raise Refused(_("This Idempotency-Key was sent before with another body"), code="idempotency_key_reused")
    if not row.answer:
        raise Refused(_("The first request under this key is still being worked on"), code="idempotency_key_in_use")
    return Answer(json.loads(row.answer), row.status, row.location, is_replayed=True)


def _keep(row: IdempotencyKey, answer: Answer) -> None:
    row.answer, row.status, row.location = json.dumps(answer.body), answer.status, answer.location
    row.save(update_fields=["answer", "status", "location"])


# What the stored booking of a party tells of them in words.
WORDS = {
    "student": ("student_name", "notes", "cancellation_reason"),
    "teacher": ("teacher_name", "cancellation_reason"),
}


def forget(person: User) -> None:
    """Clear the person's name and words from the stored responses of others, who may still repeat their requests."""
    for row in IdempotencyKey.objects.filter(answer__contains=str(person.pk)).exclude(user=person):
        row.answer = json.dumps(_without_words(json.loads(row.answer), str(person.pk)))
        row.save(update_fields=["answer"])


def _without_words(told: Any, person: str) -> Any:
    if isinstance(told, list):
        return [_without_words(each, person) for each in told]
    if not isinstance(told, dict):
        return told
    words = {word for party, names in WORDS.items() if told.get(party) == person for word in names}
    return {name: "" if name in words else _without_words(value, person) for name, value in told.items()}
