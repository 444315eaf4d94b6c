"""Keyset pagination: a cursor is the sort keys of the last row seen, as an opaque string.

Pages after a cursor stay stable while earlier rows come, go and move: no row is repeated or skipped unless it moves
across the cursor itself.
"""

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

LONGEST = 500


class InvalidCursor(ValueError):
    """Not a cursor of this list in this order."""


class Key(NamedTuple):
    """A column by which a list is sorted; rows without a value come last."""

    name: str
    descends: bool


def keys(rows: "QuerySet[Any]") -> list[Key]:
    """Return the sort columns of the rows; the last is unique."""
    order = rows.query.order_by or rows.model._meta.ordering
    return [_key(each) for each in order]


def _key(order: Any) -> Key:
    if isinstance(order, OrderBy):
        assert isinstance(order.expression, F)
        return Key(order.expression.name, order.descending)
    return Key(order.lstrip("-"), order.startswith("-"))


def cursor_of(row: Any, order: Sequence[Key]) -> str:
    """Return the cursor after this row."""
    values = {key.name: _plain(getattr(row, key.name)) for key in order}
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def after(rows: "QuerySet[Any]", cursor: str) -> "QuerySet[Any]":
    """Return the rows after the cursor. Raises InvalidCursor."""
    order = keys(rows)
    values = _values(rows, order, cursor)
    found = Q(pk__in=[])
    for key, value in reversed(list(zip(order, values, strict=True))):
        found = _beyond(rows.model, key, value) | (_at(key, value) & found)
    return rows.filter(_not_before(rows.model, order[0], values[0]), found)


def _values(rows: "QuerySet[Any]", order: Sequence[Key], cursor: str) -> list[Any]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(text) if len(cursor) <= LONGEST else None
        if not isinstance(values, dict) or list(values) != [key.name for key in order]:
            raise InvalidCursor
        return [_value(rows.model, key.name, values[key.name]) for key in order]
    except (binascii.Error, ValueError, DjangoValidationError, RecursionError, TypeError) as error:
        raise InvalidCursor from error


def _value(model: type[Model], name: str, value: Any) -> Any:
    """Convert to the column's type. Raises ValidationError, ValueError or TypeError."""
    field = _column(model, name)
    if value is None:
        return None
    if isinstance(value, str) and "\x00" in value:
        raise ValueError(value)
    return int(value) if field is None else field.to_python(value)


def _column(model: type[Model], name: str) -> "Field[Any, Any] | None":
    """Return the model's field; None for an annotation, which must be an integer: only those survive JSON unchanged."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    assert isinstance(field, Field)
    return field


def _has_nulls(model: type[Model], name: str) -> bool:
    field = _column(model, name)
    return field is None or field.null


def _not_before(model: type[Model], key: Key, value: Any) -> Q:
    """Return a redundant condition that lets the database use an index on the first column."""
    if value is None or _has_nulls(model, key.name):
        return Q()
    return Q(**{f"{key.name}__{'lte' if key.descends else 'gte'}": value})


def _beyond(model: type[Model], key: Key, value: Any) -> Q:
    if value is None:
        return Q(pk__in=[])
    beyond = Q(**{f"{key.name}__{'lt' if key.descends else 'gt'}": value})
    return beyond | Q(**{f"{key.name}__isnull": True}) if _has_nulls(model, key.name) else beyond


def _at(key: Key, value: Any) -> Q:
    return Q(**{f"{key.name}__isnull": True}) if value is None else Q(**{key.name: value})
