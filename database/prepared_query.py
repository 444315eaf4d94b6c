"""Queries compiled once: the ORM takes longer to compile a small query than the database to answer it."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from database.prepared_statements import Call, Row, Statement, adapted, run

Parameter = uuid.UUID | dt.datetime | dt.date | int


class _Compiled(NamedTuple):
    """The statement, the names of its values, and the columns' converters."""

    statement: Statement
    names: Sequence[str]
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
        return self.rows_after((), **parameters)

    def rows_after(self, calls: Sequence[Call], /, **parameters: Parameter) -> list[Row]:
        """Run the calls, and then the query in the same round trip; return the query's rows."""
        # Not `connection`, which looks up the thread's connection at every use.
        database = connections[DEFAULT_DB_ALIAS]
        if self._compiled is None:
            self._compiled = self._compile(parameters, database)
        statement, names, converters = self._compiled
        own = Call(statement, adapted([parameters[name] for name in names], database))
        rows = run([*calls, own], database)
        return [_convert(row, converters, database) for row in rows] if converters else rows

    def _compile(self, parameters: Mapping[str, Parameter], database: BaseDatabaseWrapper) -> _Compiled:
        stand_ins = {name: _stand_in(number, value) for number, (name, value) in enumerate(parameters.items())}
        compiler = self._build(**stand_ins).query.get_compiler(connection=database)
        sql, values = compiler.as_sql()
        name_of = dict(zip(adapted(stand_ins.values(), database), stand_ins, strict=True))
        names = list(dict.fromkeys(name_of[value] for value in values if value in name_of))
        if unused := stand_ins.keys() - set(names):
            raise ValueError(f"The queryset does not use {sorted(unused)} unchanged.")
        places = [names.index(name_of[value]) if value in name_of else None for value in values]
        constants = [value for value in values if value not in name_of]
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return _Compiled(Statement(sql, places, constants), names, compiler.get_converters(columns))


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
