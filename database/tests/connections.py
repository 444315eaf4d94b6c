"""Other connections, and the loss of this one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import connection


@contextmanager
def another_connection() -> Iterator[Any]:
    """A cursor of another connection."""
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        yield cursor


def backend() -> int:
    """The server's process for this connection."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def break_connection() -> None:
    """As a server that restarts does."""
    with another_connection() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [backend()])
