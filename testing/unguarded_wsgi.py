"""The site with its guards against races taken off, to show that the race is there: for `test_races` alone.

What is left is what is usually written: look whether the time is free, then insert. The tables' own constraints the
test takes away.
"""

import contextlib
import uuid
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction

application = get_wsgi_application()


def _lock_nobody(*people: uuid.UUID) -> list[Any]:
    """Stands in for the locks of the people whose time is set."""
    return []


for name in ("bookings.locking", "bookings.services.request"):
    vars(import_module(name))["locks_of"] = _lock_nobody
if connection.vendor == "sqlite":
    # There a transaction is itself a lock: begun IMMEDIATE it waits for others, begun later it fails. So only the write
    # is in one.
    request = vars(import_module("bookings.services.request"))
    request["transaction"] = SimpleNamespace(atomic=contextlib.nullcontext)
    request["keeping_apart"] = transaction.atomic(request["keeping_apart"])
