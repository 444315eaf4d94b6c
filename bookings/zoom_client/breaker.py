"""A circuit breaker for Zoom: while it does not respond, callers who wait fail at once."""

import threading
from collections.abc import Callable

from django.utils.translation import gettext_noop

from bookings.zoom_client.errors import ZoomUnavailable

FAILURES = 3
OPEN_SECONDS = 30.0
OPEN = gettext_noop("Zoom has not answered repeatedly. Please try again in a minute.")


class Breaker:
    """Opens after three requests in a row without a response. After 30 seconds one caller may try again."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_at = 0.0

    def check(self) -> None:
        """Raise ZoomUnavailable while the breaker is open: nothing was sent."""
        with self._lock:
            if self._failures < FAILURES:
                return
            now = self._monotonic()
            if now < self._closed_at:
                raise ZoomUnavailable(OPEN)
            self._closed_at = now + OPEN_SECONDS  # this caller tries; the others keep waiting

    def note(self, *, answered: bool) -> None:
        with self._lock:
            if answered:
                self._failures = 0
                return
            self._failures += 1
            self._closed_at = self._monotonic() + OPEN_SECONDS
