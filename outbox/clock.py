"""The clock of leases and due times: the database's, which all processes share.

Clocks of machines differ. A worker whose clock is ahead would take rows that another has just claimed; a claim made by
a process that is a day ahead would last a day.
"""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.utils import timezone


def now() -> dt.datetime:
    """Return the database's time. SQLite has none: its processes share a machine."""
    return _of_database() if _is_shared() else timezone.now()


def shared(now: dt.datetime) -> dt.datetime:
    """Return the database's time in place of the caller's `now`; leases and due times use only this."""
    return _of_database() if _is_shared() else now


def _is_shared() -> bool:
    return settings.OUTBOX_USES_DATABASE_CLOCK and connection.vendor == "postgresql"


def _of_database() -> dt.datetime:
    # Not `now()`, which is constant during a transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment.astimezone(dt.UTC)
