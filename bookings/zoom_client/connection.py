"""Connections with a hard deadline, whatever the other side does.

A socket's timeout restarts with each byte, so it does not end a response that drips: neither a TLS handshake, nor
headers, nor a body. A cutoff does: when the time is up it shuts the socket down, and the blocked read ends.
"""

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

_current = threading.local()


class Cutoff:
    """Shuts down its thread's connection when the time is up."""

    def __init__(self) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._twin: socket.socket | None = None

    def attach(self, fileno: int) -> None:
        """Watch this socket. The cutoff duplicates the descriptor: TLS and http.client pass theirs on."""
        with self._lock:
            self._drop()
            self._twin = socket.socket(fileno=os.dup(fileno))
            if self.is_over:
                self._shut_down()

    def cut(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut_down()

    def release(self) -> None:
        """Release the connection, which another thread may use next."""
        with self._lock:
            self._drop()

    def _shut_down(self) -> None:
        if self._twin is not None:
            with suppress(OSError):  # closed by the other side
                self._twin.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._twin is not None:
            self._twin.close()
            self._twin = None


@contextmanager
def cut_off_after(seconds: float) -> Iterator[Cutoff]:
    """Shut down this thread's connections if the time is up before the block ends."""
    cutoff = Cutoff()
    timer = threading.Timer(seconds, cutoff.cut)
    timer.daemon = True
    _current.cutoff = cutoff
    timer.start()
    try:
        yield cutoff
    finally:
        timer.cancel()
        cutoff.release()
        _current.cutoff = None


def _addresses(host: str, port: int, seconds: float | None) -> list[str]:
    """Resolve the name in time: a hanging resolver cannot be interrupted, only abandoned."""
    found: Future[list[str]] = Future()

    def resolve() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except Exception as error:  # noqa: BLE001  # raised again where the result is read
            found.set_exception(error)

    threading.Thread(target=resolve, daemon=True).start()
    return found.result(seconds)


class _Watched(HTTPConnection):
    """Registers its socket with its thread's cutoff as soon as it exists."""

    def _new_conn(self) -> socket.socket:
        # One address after the other, so that timeouts of several do not add up.
        name = self._dns_host
        seconds = self.timeout if isinstance(self.timeout, (int, float)) else None
        try:
            addresses = _addresses(name, self.port or self.default_port, seconds)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"The name {name} was not resolved in time.") from error
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, f"Failed to resolve {name}: {error}") from error
        try:
            sock = self._first_that_answers(addresses)
        finally:
            self._dns_host = name
        _watch(sock.fileno())
        return sock

    def _first_that_answers(self, addresses: list[str]) -> socket.socket:
        failure: Exception | None = None
        for address in addresses:
            if _is_over():
                break
            self._dns_host = address
            try:
                return super()._new_conn()
            except (ConnectTimeoutError, NewConnectionError) as error:
                failure = error
        raise failure or ConnectTimeoutError(self, f"{self.host} was not reached in time.")

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # a kept-alive connection
            _watch(self.sock.fileno())
        super().request(*args, **kwargs)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


def _watch(fileno: int) -> None:
    cutoff: Cutoff | None = getattr(_current, "cutoff", None)
    if cutoff is not None:
        cutoff.attach(fileno)


def _is_over() -> bool:
    cutoff: Cutoff | None = getattr(_current, "cutoff", None)
    return cutoff is not None and cutoff.is_over


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class WatchedAdapter(HTTPAdapter):
    """Sends requests over connections with a cutoff."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        _watch_pools(manager)
        return manager


def _watch_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
