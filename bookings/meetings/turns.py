"""Limit the requests that wait for Zoom, so that a slow Zoom leaves threads for the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bookings.errors import Busy

# How long others may wait for their turn.
PATIENCE_SECONDS = 1.0
BUSY = _("Too many sessions are being confirmed at once. Please try again in a moment.")


class Turns:
    """At most `most` callers at a time, and `waiting` more for a moment."""

    def __init__(self, most: int, waiting: int) -> None:
        self._turns, self._line = threading.Semaphore(most), threading.Semaphore(waiting)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a turn in the block. Raises Busy."""
        if not self._turns.acquire(blocking=False) and not self._wait():
            raise Busy(BUSY)
        try:
            yield
        finally:
            self._turns.release()

    def _wait(self) -> bool:
        if not self._line.acquire(blocking=False):
            return False
        try:
            return self._turns.acquire(timeout=PATIENCE_SECONDS)
        finally:
            self._line.release()


@lru_cache(maxsize=1)
def turns() -> Turns:
    """Return the process's turns: half of its threads, and a quarter waiting. `turns.cache_clear()` forgets them."""
    return Turns(max(1, settings.WEB_THREADS // 2), max(1, settings.WEB_THREADS // 4))
