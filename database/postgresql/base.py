"""A PostgreSQL connection with client-side timeouts, and without a health check per request.

Django sends `SELECT 1` before each request to detect a broken connection. Here the request's first statement detects
it: outside a transaction a read is sent once more over a new connection. Writes are never sent twice. This saves a
round trip: 0.1 of the 0.6 ms that an empty request takes. BEGIN goes with its transaction's first statement.
"""

import functools
import select
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg2
from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction  # type: ignore[attr-defined]  # missing in the stubs
from psycopg2 import extensions

# A request waits three seconds at most. The server's own timeouts, which leave the connection usable, are shorter so
# that they fire first.
LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, ANSWER_SECONDS = 2500, 2800, 3.0

# Prepared statements are planned once. By default PostgreSQL plans some of them anew at each use, expecting more from a
# look at the values: www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
_PLAN_ONCE = "SET plan_cache_mode = force_generic_plan"


class Unanswered(psycopg2.OperationalError):
    """The server or the network did not respond in time. The connection is closed."""


class Connection(extensions.connection):
    """A connection whose statements fail with Unanswered after `answer_seconds` (None: never)."""

    answer_seconds: float | None = ANSWER_SECONDS
    must_begin = False
    """The next statement is a transaction's first."""


class Cursor(extensions.cursor):
    """A cursor that begins a transaction together with its first statement, which saves a round trip."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002  # the name is psycopg's
        if not self.connection.must_begin:
            super().execute(query, vars)
        elif isinstance(query, str) and self.name is None:
            try:
                super().execute(f"BEGIN; {query}", vars)
            finally:
                # Values that psycopg cannot write are an error before anything is sent.
                self.connection.must_begin = _is_idle(self.connection)
        else:
            self._begin()
            super().execute(query, vars)

    def _begin(self) -> None:
        """Send BEGIN alone, where it cannot go with the statement."""
        if self.connection.must_begin:
            self.connection.must_begin = False
            with self.connection.cursor() as cursor:
                cursor.execute("BEGIN")

    def executemany(self, query: Any, vars_list: Any) -> None:
        self._begin()
        super().executemany(query, vars_list)

    def callproc(self, procname: Any, parameters: Any = None) -> Any:
        self._begin()
        return super().callproc(procname, parameters)


def _is_idle(connection: extensions.connection) -> bool:
    """Return True if no transaction is open, as libpq knows it."""
    return connection.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE


def _wait(connection: extensions.connection) -> None:
    """Psycopg's hook for waiting. The server's timeouts do not help if the server itself hangs or is unreachable.

    www.psycopg.org/docs/advanced.html#support-for-coroutine-libraries
    """
    seconds: float | None = getattr(connection, "answer_seconds", None)
    deadline = None if seconds is None else time.monotonic() + seconds
    while (state := connection.poll()) != extensions.POLL_OK:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        if not poll.poll(left):
            raise Unanswered("The database does not answer.")


extensions.set_wait_callback(_wait)


@functools.lru_cache(maxsize=10_000)
def _uuid(text: str) -> uuid.UUID:
    """Cache UUIDs: the same people occur in many rows, and parsing one takes as long as the rest of a column."""
    return uuid.UUID(text)


def _read_uuid(text: Any, cursor: extensions.cursor) -> uuid.UUID | None:
    return None if text is None else _uuid(text)


# 2950 is PostgreSQL's OID of uuid; this replaces psycopg's own loader, which Django has registered.
extensions.register_type(extensions.new_type((2950,), "UUID", _read_uuid))


@functools.lru_cache(maxsize=10_000)
def _written_uuid(value: uuid.UUID) -> extensions.AsIs:
    """Cache UUIDs as they are sent: psycopg's own adapter is in Python, and takes longer than those of other types."""
    return extensions.AsIs(f"'{value}'::uuid")


extensions.register_adapter(uuid.UUID, _written_uuid)


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._retry_read)

    def get_connection_params(self) -> dict[str, Any]:
        factories = {"connection_factory": Connection, "cursor_factory": Cursor}
        return super().get_connection_params() | factories

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if self.alias == NO_DB_ALIAS:
            self.lift_limits()  # creating a database has no time limit
        else:
            self.set_limits()

    def set_limits(self) -> None:
        self._limit(ANSWER_SECONDS, lock=LOCK_TIMEOUT_MS, statement=STATEMENT_TIMEOUT_MS)

    def lift_limits(self) -> None:
        """Remove the time limits of this connection, for migrations and maintenance."""
        self._limit(None, lock=0, statement=0)

    def _limit(self, answer_seconds: float | None, *, lock: int, statement: int) -> None:
        self.ensure_connection()
        self.connection.answer_seconds = answer_seconds
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {lock}; SET statement_timeout = {statement}; {_PLAN_ONCE}")

    def _cursor(self, name: str | None = None) -> Any:
        if not self.in_atomic_block:
            self.health_check_done = True  # the statement itself is the check
        return super()._cursor(name)  # type: ignore[misc]  # missing in the stubs

    # psycopg's own way is to send BEGIN alone before the first statement. Here it stays in autocommit.

    def _start_transaction_under_autocommit(self) -> None:
        """Enter a transaction. Django calls this where a database has it."""
        assert self.connection.cursor_factory is Cursor, "Without it BEGIN would never be sent."
        self.connection.must_begin = True

    def _commit(self) -> None:
        self._end("COMMIT", super()._commit)  # type: ignore[misc]  # missing in the stubs

    def _rollback(self) -> None:
        self._end("ROLLBACK", super()._rollback)  # type: ignore[misc]  # missing in the stubs

    def _end(self, how: str, otherwise: Callable[[], None]) -> None:
        if self.connection is None or not self.connection.autocommit:
            otherwise()
            return
        self.connection.must_begin = False
        if not _is_idle(self.connection):
            with debug_transaction(self, how), self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(how)

    def _retry_read(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        """Retry a read once after a broken connection. A Django `execute_wrapper`."""
        try:
            return execute(sql, params, many, context)
        except (OperationalError, InterfaceError) as error:
            is_read = sql.startswith("SELECT ") and not self.in_atomic_block
            is_broken = self.connection is not None and self.connection.closed
            if not (is_read and is_broken) or isinstance(error.__cause__, Unanswered):
                raise
        self.close()
        self.ensure_connection()
        context["cursor"].cursor = self.create_cursor()
        return execute(sql, params, many, context)
