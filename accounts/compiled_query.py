"""Queries whose SQL is written once. The ORM needs longer to write a small query than the database to answer it."""

import datetime as dt
import functools
import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import OperationalError, ProgrammingError, connection
from django.db.models import QuerySet

Row = tuple[Any, ...]
Parameter = uuid.UUID | dt.datetime | dt.date

# The statements of which each connection to PostgreSQL has a plan.
_plans: "WeakKeyDictionary[Any, set[str]]" = WeakKeyDictionary()


class Statement(NamedTuple):
    """SQL, what fills each placeholder (a parameter by name, or a constant), and the columns' converters."""

    sql: str
    arguments: list[tuple[str | None, Any]]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]


class CompiledQuery:
    """A `values_list` queryset that is compiled at its first call and then run with other parameters.

    `build` takes the parameters by keyword (UUIDs, datetimes, dates) and must hand each to the queryset unchanged.
    The SQL stays the ORM's own, so that both databases, their types and their conversions are its business.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._statement: Statement | None = None

    def rows(self, **parameters: Parameter) -> list[Row]:
        """Runs the query and gives its rows."""
        if self._statement is None:
            self._statement = self._compile(parameters)
        sql, arguments, converters = self._statement
        values = [constant if name is None else _adapt(parameters[name]) for name, constant in arguments]
        rows = _run(sql, values)
        return [_convert(row, converters) for row in rows] if converters else rows

    def _compile(self, parameters: Mapping[str, Parameter]) -> Statement:
        stand_ins = {name: _stand_in(number, value) for number, (name, value) in enumerate(parameters.items())}
        compiler = self._build(**stand_ins).query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        names = {_adapt(value): name for name, value in stand_ins.items()}
        arguments = [(names.get(value), value) for value in values]
        if unused := stand_ins.keys() - {name for name, _ in arguments}:
            raise ValueError(f"The queryset does not use {sorted(unused)} unchanged.")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return Statement(sql, arguments, compiler.get_converters(columns))


def _run(sql: str, values: list[Any]) -> list[Row]:
    """Runs the statement; on PostgreSQL by a plan that the connection keeps, which saves a third of its time.

    Not inside a transaction: where a pooler gives each transaction another connection the plan may be missing, and an
    error would end the transaction. Outside of one the statement is then simply run as it is.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            with suppress(ProgrammingError, OperationalError):
                cursor.execute(*_prepared(cursor, sql, values))
                return list(cursor.fetchall())
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@functools.cache
def plan_name(sql: str) -> str:
    """The name of the statement's plan: the same everywhere, because behind a pooler it may be another process's."""
    return f"compiled_{hashlib.sha256(sql.encode()).hexdigest()[:24]}"


def _prepared(cursor: Any, sql: str, values: list[Any]) -> tuple[str, list[Any]]:
    """What runs the connection's plan of this statement, made at its first use."""
    plans = _plans.setdefault(connection.connection, set())
    if sql not in plans:
        plans.add(sql)
        numbers = count(1)
        cursor.execute(f"PREPARE {plan_name(sql)} AS {re.sub('%s', lambda _: f'${next(numbers)}', sql)}")
    return f"EXECUTE {plan_name(sql)} ({', '.join(['%s'] * len(values))})", values


def _stand_in(number: int, value: Parameter) -> Parameter:
    """A value of the same type that occurs nowhere else, to be found again among the compiled query's arguments."""
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, dt.datetime):
        return dt.datetime(1000, 1, 1 + number, tzinfo=dt.UTC)
    return dt.date(1000, 1, 1 + number)


def _adapt(value: Parameter) -> Any:
    """The value as the database's driver takes it, as the fields themselves would give it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value)


def _convert(row: Row, converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]) -> Row:
    values = list(row)
    for position, (chain, expression) in converters.items():
        for converter in chain:
            values[position] = converter(values[position], expression, connection)
    return tuple(values)
