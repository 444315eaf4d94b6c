"""Statements that PostgreSQL plans once for each connection. On SQLite, and where that fails, they run as plain SQL."""

import contextlib
import datetime as dt
import hashlib
import logging
import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg2.errors
from django.db import Error, NotSupportedError, OperationalError, ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from database.postgresql.base import Unanswered

Row = tuple[Any, ...]

# Each takes about 100 kB of the connection's memory, and callers choose which queries they cause.
MOST_PLANS = 200

logger = logging.getLogger(__name__)


class Plans(set[str]):
    """The names of the statements prepared on a PostgreSQL connection."""

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


class Statement:
    """SQL with `%s` for its values, and how PostgreSQL prepares and executes it.

    `places` says which of the values each `%s` is (default: one after the other), None: the next of the `constants`. A
    value in several places is sent once, and constants are part of the plan: each that is sent takes 1.5 µs to write,
    and as long to read.
    """

    def __init__(self, sql: str, places: Sequence[int | None] | None = None, constants: Sequence[Any] = ()) -> None:
        self.sql = sql
        self._places = range(sql.count("%s")) if places is None else places
        self._constants = constants
        marks = iter("%s" if place is None else f"${place + 1}" for place in self._places)
        self._numbered = re.sub("%s", lambda _: next(marks), sql)
        # The same in all processes: a pooler may share connections.
        self.name = f"compiled_{hashlib.sha256(f'{self._numbered}{constants}'.encode()).hexdigest()[:24]}"
        values = ", ".join(["%s"] * len({place for place in self._places if place is not None}))
        self.execution = f"EXECUTE {self.name} ({values})" if values else f"EXECUTE {self.name}"

    def run(self, values: Sequence[Any], database: BaseDatabaseWrapper) -> list[Row]:
        """Run it alone: see `run`."""
        return run([Call(self, values)], database)

    def in_plain_sql(self, values: Sequence[Any]) -> tuple[str, list[Any]]:
        """Return the SQL and what its `%s` stand for."""
        constants = iter(self._constants)
        return self.sql, [next(constants) if place is None else values[place] for place in self._places]

    def prepare(self, cursor: CursorWrapper) -> None:
        cursor.execute(f"PREPARE {self.name} AS {self._numbered}", self._constants)


class Call(NamedTuple):
    """A statement with its values."""

    statement: Statement
    values: Sequence[Any]


def run(calls: Sequence[Call], database: BaseDatabaseWrapper) -> list[Row]:
    """Run the calls in turn and return the rows of the last; on PostgreSQL prepared, which saves a third of the time.

    There they are sent together, which saves the others' round trips, 0.1 ms each. Every one sees what was committed
    before it began, as if it were sent alone (READ COMMITTED): locks may precede what they protect.

    Outside a transaction it must be one read: if its connection is lost, it is sent once more over another.

    Behind a transaction pooler a prepared statement may be missing. Then the plain SQL is run instead, and nothing is
    prepared from then on. The error aborts a transaction, so those prepare only where they can be run again: raises
    PlansLost.
    """
    with database.cursor() as cursor:
        if _may_prepare(database):
            plans = _plans.setdefault(database.connection, Plans())
            try:
                return _run_by_plan(calls, plans, cursor)
            except (NotSupportedError, ProgrammingError, OperationalError) as error:
                plans.are_outdated = isinstance(error, NotSupportedError)
                is_lost = plans.are_outdated or _is_sign_of_a_pooler(error)
                if is_lost and database.in_atomic_block:
                    raise PlansLost from error
                if not is_lost and (database.in_atomic_block or isinstance(error.__cause__, Unanswered)):
                    raise
                # Prepared statements are also lost with their connection; the read below opens another.
        for statement, values in calls:
            cursor.execute(*statement.in_plain_sql(values))
        return list(cursor.fetchall())


def _run_by_plan(calls: Sequence[Call], plans: Plans, cursor: CursorWrapper) -> list[Row]:
    if plans.are_outdated or len(plans) >= MOST_PLANS:
        # All, because dropping one by name fails if a pooler's connection does not have it.
        cursor.execute("DEALLOCATE ALL")
        plans.clear()
        plans.are_outdated = False
    for statement, _ in calls:
        if statement.name not in plans:
            statement.prepare(cursor)
            plans.add(statement.name)
    sql = "; ".join([statement.execution for statement, _ in calls])
    cursor.execute(sql, [value for _, values in calls for value in values])
    return list(cursor.fetchall())


def _may_prepare(database: BaseDatabaseWrapper) -> bool:
    is_safe = not database.in_atomic_block or _may_be_lost.get()
    return is_safe and database.vendor == "postgresql" and not _is_behind_a_pooler.is_set()


def _is_sign_of_a_pooler(error: Error) -> bool:
    if not isinstance(error.__cause__, _SIGNS_OF_A_POOLER):
        return False
    _is_behind_a_pooler.set()
    logger.warning("A pooler separates prepared statements from their connections: this process stops using them.")
    return True


def adapted(values: Iterable[Any], database: BaseDatabaseWrapper) -> list[Any]:
    """Return values as the database's driver expects them, as fields of their types would."""
    # psycopg takes all types as they are.
    return list(values) if database.vendor == "postgresql" else [_adapted(value, database) for value in values]


def _adapted(value: Any, database: BaseDatabaseWrapper) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, dt.datetime):
        return database.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date):
        return database.ops.adapt_datefield_value(value)
    return value
