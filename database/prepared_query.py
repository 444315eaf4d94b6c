"""Queries compiled once: the ORM takes longer to compile a small query than the database to answer it."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from database.prepared_statements import Row, Statement, adapt

Parameter = uuid.UUID | dt.datetime | dt.date | int


class _Compiled(NamedTuple):
    """The statement, its values (a parameter by name, or a constant), and the columns' converters."""

    statement: Statement
    values: list[tuple[str | None, Any]]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]


class PreparedQuery:
    """A `values_list` queryset that is compiled at the first call and then run with other parameters.

    `build` takes the parameters by keyword (UUIDs, datetimes, dates, whole numbers), and must pass each to the queryset
    unchanged. The SQL is the ORM's own, which handles both databases, their types and conversions.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: _Compiled | None = None

    def rows(self, **parameters: Parameter) -> list[Row]:
        """Run the query and return its rows."""
        # Not `connection`, which looks up the thread's connection at every use.
        database = connections[DEFAULT_DB_ALIAS]
        if self._compiled is None:
            self._compiled = self._compile(parameters, database)
        statement, arguments, converters = self._compiled
        values = [constant if name is None else adapt(parameters[name], database) for name, constant in arguments]
        rows = statement.run(values, database)
        return [_convert(row, converters, database) for row in rows] if converters else rows

    def _compile(self, parameters: Mapping[str, Parameter], database: BaseDatabaseWrapper) -> _Compiled:
        stand_ins = {name: _stand_in(number, value) for number, (name, value) in enumerate(parameters.items())}
        compiler = self._build(**stand_ins).query.get_compiler(connection=database)
        sql, values = compiler.as_sql()
        names = {adapt(value, database): name for name, value in stand_ins.items()}
        arguments, places = _numbered([(names.get(value), value) for value in values])
        if unused := stand_ins.keys() - {name for name, _ in arguments}:
            raise ValueError(f"The queryset does not use {sorted(unused)} unchanged.")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return _Compiled(Statement(sql, places), arguments, compiler.get_converters(columns))


def _numbered(arguments: Sequence[tuple[str | None, Any]]) -> tuple[list[tuple[str | None, Any]], list[int]]:
    """Return the arguments, each parameter once, and for each place in the SQL the number of its argument."""
    distinct: list[tuple[str | None, Any]] = []
    places, numbers = [], dict[str, int]()
    for name, value in arguments:
        number = len(distinct) if name is None else numbers.setdefault(name, len(distinct))
        if number == len(distinct):
            distinct.append((name, value))
        places.append(number)
    return distinct, places


def _stand_in(number: int, value: Parameter) -> Parameter:
    """Return a unique value of the same type, to be recognized among the compiled query's arguments."""
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, dt.datetime):
        return dt.datetime(1000, 1, 1 + number, tzinfo=dt.UTC)
    if isinstance(value, int):
        return 2**62 + number
    return dt.date(1000, 1, 1 + number)


def _convert(
    row: Row, converters: Mapping[int, tuple[list[Callable[..., Any]], Any]], database: BaseDatabaseWrapper
) -> Row:
    values = list(row)
    for position, (chain, expression) in converters.items():
        for converter in chain:
            values[position] = converter(values[position], expression, database)
    return tuple(values)
