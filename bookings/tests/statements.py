"""Count the statements that a block sends."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Statements that begin and end transactions are not counted, nor is what a connection does only once.
NOT_COUNTED = re.compile(r"\s*(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK|PREPARE)", re.IGNORECASE)


@contextmanager
def at_most(number: int) -> Iterator[None]:
    """The block sends no more statements than that."""
    with CaptureQueriesContext(connection) as captured:
        yield
    # On PostgreSQL BEGIN comes with the first statement.
    sent = [query["sql"].removeprefix("BEGIN; ") for query in captured]
    asked = [sql for sql in sent if not NOT_COUNTED.match(sql)]
    assert len(asked) <= number, "\n".join(asked)
