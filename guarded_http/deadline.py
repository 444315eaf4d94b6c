"""One deadline for DNS, connection, TLS, request and response together."""

import socket
import threading
import time
from contextlib import suppress
from typing import Self

from guarded_http.errors import TooSlowError


class Deadline:
    """A context that shuts its connections down at the deadline: a socket's own timeout restarts with each byte."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._duplicates: list[socket.socket] = []  # duplicates, because TLS takes over the sockets
        self._is_over = threading.Event()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for duplicate in self._duplicates:
            duplicate.close()

    def seconds_left(self) -> float:
        """Return the seconds until the deadline. Raises TooSlowError after it."""
        left = self._until - time.monotonic()
        if left <= 0 or self._is_over.is_set():
            raise TooSlowError
        return left

    def check(self) -> None:
        """Raise TooSlowError after the deadline."""
        self.seconds_left()

    def connect(self, addresses: list[str], port: int) -> socket.socket:
        """Connect to the first address that responds. Those that do not leave time for the others."""
        *others, last = addresses
        for number, address in enumerate(others):
            with suppress(OSError):  # the next one may answer
                return self._connect(address, port, self.seconds_left() / (len(addresses) - number))
        return self._connect(last, port, self.seconds_left())

    def _connect(self, address: str, port: int, seconds: float) -> socket.socket:
        connection = socket.create_connection((address, port), seconds)
        connection.settimeout(self._seconds)
        self._duplicates.append(connection.dup())
        if self._is_over.is_set():
            self._end()
        return connection

    def _end(self) -> None:
        self._is_over.set()
        for duplicate in self._duplicates:
            with suppress(OSError):  # the other side closed it first
                duplicate.shutdown(socket.SHUT_RDWR)
