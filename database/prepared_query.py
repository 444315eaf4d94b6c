"""Queries compiled once: the ORM takes longer to compile a small query than the database to answer it."""

import contextlib
import datetime as dt
import functools
import hashlib
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg2.errors
from django.db import DEFAULT_DB_ALIAS, Error, NotSupportedError, OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from database.postgresql.base import Unanswered

Row = tuple[Any, ...]
Parameter = uuid.UUID | dt.datetime | dt.date | int

# Each takes about 100 kB of the connection's memory, and callers choose which queries they cause.
MOST_PLANS = 200

logger = logging.getLogger(__name__)


class Plans(set[str]):
    """The statements prepared on a PostgreSQL connection."""

    are_outdated = False
    """A migration has changed a column's type: "cached plan must not change result type"."""


_plans: "WeakKeyDictionary[Any, Plans]" = WeakKeyDictionary()
_may_be_lost: ContextVar[bool] = ContextVar("_may_be_lost", default=False)
# Set for the rest of the process at the first sign of a transaction pooler: a prepared statement is missing, or exists
# although this connection did not prepare it. Each of these logs an error in PostgreSQL.
_is_behind_a_pooler = threading.Event()
_SIGNS_OF_A_POOLER = (psycopg2.errors.InvalidSqlStatementName, psycopg2.errors.DuplicatePreparedStatement)


class PlansLost(OperationalError):
    """A transaction failed at its prepared statements. Run it again, without `prepared_in_transactions`."""


@contextlib.contextmanager
def prepared_in_transactions() -> Iterator[None]:
    """Also prepare the statements of transactions; the caller runs them again after PlansLost.

    Planning the five tables of a timetable costs PostgreSQL 0.5 ms, running the plan 0.1.
    """
    token = _may_be_lost.set(True)
    try:
        yield
    finally:
        _may_be_lost.reset(token)


class Statement(NamedTuple):
    """SQL, the values of its placeholders (a parameter by name, or a constant), and the columns' converters."""

    sql: str
    arguments: list[tuple[str | None, Any]]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]


class PreparedQuery:
    """A `values_list` queryset that is compiled at the first call and then run with other parameters.

    `build` takes the parameters by keyword (UUIDs, datetimes, dates, whole numbers), and must pass each to the queryset
    unchanged. The SQL is the ORM's own, which handles both databases, their types and conversions.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._statement: Statement | None = None

    def rows(self, **parameters: Parameter) -> list[Row]:
        """Run the query and return its rows."""
        # Not `connection`, which looks up the thread's connection at every use.
        database = connections[DEFAULT_DB_ALIAS]
        if self._statement is None:
            self._statement = self._compile(parameters, database)
        sql, arguments, converters = self._statement
        adapted = {name: adapt(value, database) for name, value in parameters.items()}
        values = [constant if name is None else adapted[name] for name, constant in arguments]
        rows = run(sql, values, database)
        return [_convert(row, converters, database) for row in rows] if converters else rows

    def _compile(self, parameters: Mapping[str, Parameter], database: BaseDatabaseWrapper) -> Statement:
        stand_ins = {name: _stand_in(number, value) for number, (name, value) in enumerate(parameters.items())}
        compiler = self._build(**stand_ins).query.get_compiler(connection=database)
        sql, values = compiler.as_sql()
        names = {adapt(value, database): name for name, value in stand_ins.items()}
        arguments = [(names.get(value), value) for value in values]
        if unused := stand_ins.keys() - {name for name, _ in arguments}:
            raise ValueError(f"The queryset does not use {sorted(unused)} unchanged.")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return Statement(sql, arguments, compiler.get_converters(columns))


def run(sql: str, values: list[Any], database: BaseDatabaseWrapper) -> list[Row]:
    """Run the statement; on PostgreSQL as a prepared statement, which saves a third of the time.

    Behind a transaction pooler the prepared statement may be missing. Then the plain SQL is run instead, and nothing is
    prepared from then on. The error aborts a transaction, so those prepare only where they can be run again.
    """
    with database.cursor() as cursor:
        if _may_prepare(database):
            plans = _plans.setdefault(database.connection, Plans())
            try:
                return _run_by_plan(sql, values, plans, cursor)
            except (NotSupportedError, ProgrammingError, OperationalError) as error:
                plans.are_outdated = isinstance(error, NotSupportedError)
                is_lost = plans.are_outdated or _is_sign_of_a_pooler(error)
                if is_lost and database.in_atomic_block:
                    raise PlansLost from error
                if not is_lost and (database.in_atomic_block or isinstance(error.__cause__, Unanswered)):
                    raise
                # Prepared statements are also lost with their connection; the read below opens another.
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _may_prepare(database: BaseDatabaseWrapper) -> bool:
    is_safe = not database.in_atomic_block or _may_be_lost.get()
    return is_safe and database.vendor == "postgresql" and not _is_behind_a_pooler.is_set()


def _run_by_plan(sql: str, values: list[Any], plans: Plans, cursor: CursorWrapper) -> list[Row]:
    if plans.are_outdated or len(plans) >= MOST_PLANS:
        # All, because dropping one by name fails if a pooler's connection does not have it.
        cursor.execute("DEALLOCATE ALL")
        plans.clear()
        plans.are_outdated = False
    if sql not in plans:
        plans.add(sql)
        cursor.execute(_preparation(sql))
    cursor.execute(_execution(sql, len(values)), values)
    return list(cursor.fetchall())


def _is_sign_of_a_pooler(error: Error) -> bool:
    if not isinstance(error.__cause__, _SIGNS_OF_A_POOLER):
        return False
    _is_behind_a_pooler.set()
    logger.warning("A pooler separates prepared statements from their connections: this process stops using them.")
    return True


def _plan_name(sql: str) -> str:
    """Return the prepared statement's name, the same in all processes: a pooler may share connections."""
    return f"compiled_{hashlib.sha256(sql.encode()).hexdigest()[:24]}"


def _preparation(sql: str) -> str:
    numbers = count(1)
    return f"PREPARE {_plan_name(sql)} AS {re.sub('%s', lambda _: f'${next(numbers)}', sql)}"


@functools.cache
def _execution(sql: str, arguments: int) -> str:
    values = f" ({', '.join(['%s'] * arguments)})" if arguments else ""
    return f"EXECUTE {_plan_name(sql)}{values}"


def _stand_in(number: int, value: Parameter) -> Parameter:
    """Return a unique value of the same type, to be recognized among the compiled query's arguments."""
    if isinstance(value, uuid.UUID):
        return uuid.uuid4()
    if isinstance(value, dt.datetime):
        return dt.datetime(1000, 1, 1 + number, tzinfo=dt.UTC)
    if isinstance(value, int):
        return 2**62 + number
    return dt.date(1000, 1, 1 + number)


def adapt(value: Any, database: BaseDatabaseWrapper) -> Any:
    """Return a parameter as the database's driver expects it, as the fields themselves would."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, uuid.UUID):
        return value if database.features.has_native_uuid_field else value.hex
    if isinstance(value, dt.datetime):
        return database.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date):
        return database.ops.adapt_datefield_value(value)
    return value


def _convert(
    row: Row, converters: Mapping[int, tuple[list[Callable[..., Any]], Any]], database: BaseDatabaseWrapper
) -> Row:
    values = list(row)
    for position, (chain, expression) in converters.items():
        for converter in chain:
            values[position] = converter(values[position], expression, database)
    return tuple(values)
