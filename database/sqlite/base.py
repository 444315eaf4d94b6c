"""A SQLite connection whose transactions queue on a lock of the process instead of SQLite's.

SQLite's busy handler sleeps and retries, so under eight writers one in a hundred waits for a second. Waiting on a
lock first reduces that to a tenth (docs/adr/0005). Writers of other processes still meet in SQLite.
"""

import threading
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_WAIT_SECONDS = 20
_writer = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds the process's writer lock from BEGIN IMMEDIATE to the end of the transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_writer = False

    def _start_transaction_under_autocommit(self) -> None:
        if not _writer.acquire(timeout=_WAIT_SECONDS):
            raise OperationalError("database is locked")
        self._is_writer = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # missing in the stubs
        except BaseException:
            self._release()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # missing in the stubs
        self._release()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # missing in the stubs
        finally:
            self._release()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # missing in the stubs
        finally:
            self._release()

    def _release(self) -> None:
        if self._is_writer:
            self._is_writer = False
            _writer.release()
