"""Remove expired rows, by the retention settings."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet

from bookings.models import BookingChange, IdempotencyKey, MeetingSync
from notifications.models import Message
from outbox.models import Heartbeat
from webhooks.models import Delivery

# The heartbeat's name, and the pause once nothing is left: no table has an index for this.
ROUND, PAUSE = "retention", dt.timedelta(hours=1)


class Rule(NamedTuple):
    """Rows that expire at a cutoff. The setting is the age in days; 0 keeps rows forever."""

    setting: str
    rows: Callable[[dt.datetime], QuerySet[Any]]


RULES = [
    Rule("KEEP_ZOOM_SYNCS_DAYS", lambda cutoff: MeetingSync.objects.filter(done_at__lte=cutoff)),
    Rule("KEEP_MESSAGES_DAYS", lambda cutoff: Message.objects.filter(done_at__lte=cutoff)),
    Rule("KEEP_WEBHOOK_DELIVERIES_DAYS", lambda cutoff: Delivery.objects.filter(done_at__lte=cutoff)),
    Rule("KEEP_IDEMPOTENCY_KEYS_DAYS", lambda cutoff: IdempotencyKey.objects.filter(created_at__lte=cutoff)),
    Rule("KEEP_ADMIN_LOG_DAYS", lambda cutoff: LogEntry.objects.filter(action_time__lte=cutoff)),
    # The history of a future session shows who agreed to it.
    Rule(
        "KEEP_BOOKING_CHANGES_DAYS",
        lambda cutoff: BookingChange.objects.filter(at__lte=cutoff, booking__end_time__lte=cutoff),
    ),
]


def remove_expired(*, now: dt.datetime, most: int = 500) -> int:
    """Remove at most `most` rows by each rule. Return how many; 0 within PAUSE after the last were gone."""
    age = Heartbeat.age(ROUND, now)
    if age is not None and age < PAUSE:
        return 0
    removed = [_remove(rule, now, most) for rule in RULES]
    if max(removed) < most:
        Heartbeat.record(ROUND, now)
    return sum(removed)


def _remove(rule: Rule, now: dt.datetime, most: int) -> int:
    days: int = getattr(settings, rule.setting)
    if not days:
        return 0
    expired = rule.rows(now - dt.timedelta(days=days)).order_by()
    batch = list(expired.values_list("pk", flat=True)[:most])
    return expired.filter(pk__in=batch).delete()[0] if batch else 0
