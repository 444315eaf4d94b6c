"""An account as a column of another query, to save the round trip of reading it alone."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import models

from accounts.models import ACCOUNT_FIELDS, User
from database.instances import instance
from database.rows import Rows, instant, read_rows

# What JSON does not know, and SQLite's numbers for booleans.
_READ: dict[type, Callable[[Any], Any]] = {
    models.BooleanField: bool,
    models.DateTimeField: instant,
    models.UUIDField: uuid.UUID,
}
_READERS = [
    (position, _READ[type(field)]) for position, field in enumerate(User._meta.concrete_fields) if type(field) in _READ
]


def account_column(user_id: uuid.UUID) -> Rows:
    """Return the column; `account_in` reads it."""
    return Rows(User.objects.filter(id=user_id).values(*ACCOUNT_FIELDS))


def account_in(column: str | None) -> User | None:
    """Return the account as `User.objects.by_id` would; None if there is none."""
    rows = read_rows(column)
    if not rows:
        return None
    [values] = rows
    for position, read in _READERS:
        if values[position] is not None:
            values[position] = read(values[position])
    return instance(User, ACCOUNT_FIELDS, values)
