"""An HTTP client with a deadline for whole calls and a limit on response size.

Timeouts of HTTP libraries apply to each read, so a response of one byte a second never ends, nor does one that never
stops (www.python-httpx.org/advanced/timeouts).
"""

import contextlib
import functools
import socket
import threading
from typing import Any, Self

import httpx

# Reading the authorities that are trusted takes 17 ms.
_trusted = functools.cache(httpx.create_ssl_context)


class TooLarge(httpx.TransportError):
    """The response is larger than allowed, or compressed, so that its size is unknown."""


class BoundedClient(httpx.Client):
    """A context in which all calls together take at most `seconds`, and each wait at most `wait`.

    No body is longer than `most_bytes`. Connections are shut down at the deadline, whatever is waiting for them; later
    calls fail. Only DNS resolution is not counted. Raises httpx.HTTPError, as httpx does.
    """

    def __init__(self, *, seconds: float, most_bytes: int, wait: float | None = None) -> None:
        # A name often has two addresses, which are tried in turn.
        timeout = httpx.Timeout(wait or seconds, connect=(wait or seconds) / 2)
        super().__init__(timeout=timeout, headers={"Accept-Encoding": "identity"}, verify=_trusted())
        self._most_bytes = most_bytes
        self._connections: list[socket.socket] = []
        self._is_over = threading.Event()
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return super().__enter__()

    def __exit__(self, *failure: Any) -> None:
        try:
            super().__exit__(*failure)
        finally:
            self._timer.cancel()
            self._timer.join()
            for connection in self._connections:
                connection.close()

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send the request and read the whole answer."""
        if self._is_over.is_set():
            raise httpx.PoolTimeout("The time is over.", request=request)
        request.extensions["trace"] = self._watch
        options["stream"] = True
        with contextlib.closing(super().send(request, **options)) as response:
            body = self._read(response)
        if self._is_over.is_set():
            raise httpx.ReadTimeout("The time is over.", request=request)
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise TooLarge("The answer is compressed.", request=response.request)
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > self._most_bytes:
                raise TooLarge(f"The answer is longer than {self._most_bytes} bytes.", request=response.request)
        return bytes(body)

    def _watch(self, event: str, info: dict[str, Any]) -> None:
        """Keep a handle of each new connection (www.encode.io/httpcore/extensions, "trace")."""
        if event == "connection.connect_tcp.complete":
            connection = info["return_value"].get_extra_info("socket").dup()
            self._connections.append(connection)
            if self._is_over.is_set():
                self._shut_down()

    def _shut_down(self) -> None:
        self._is_over.set()
        for connection in self._connections:
            with contextlib.suppress(OSError):  # the other side closed it first
                connection.shutdown(socket.SHUT_RDWR)
