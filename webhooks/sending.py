"""Post to URLs that users enter: only to the public internet, with a deadline, and accepting any response.

No redirects, no proxies, and of the response only the status and `Retry-After` are read.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple
from urllib.parse import urlsplit

import certifi

# For DNS, connection, TLS, request and response headers together.
SECONDS = 10.0
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class SendingFailedError(Exception):
    """There was no response. The message is safe to show."""


class Answer(NamedTuple):
    status: int
    retry_after: float | None = None


def post(address: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Answer:
    """Post the body and return the response. Raises SendingFailedError."""
    deadline = time.monotonic() + SECONDS
    try:
        with _connection(address, deadline, allow_private=allow_private) as connection:
            parts = urlsplit(address)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, {"Host": parts.netloc} | dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, _seconds(answer.headers.get("Retry-After")))
    except TimeoutError as error:
        raise SendingFailedError(f"There was no answer within {SECONDS:g} seconds.") from error
    except (OSError, HTTPException) as error:
        raise SendingFailedError(f"There was no answer ({type(error).__name__}).") from error


@contextmanager
def _connection(address: str, deadline: float, *, allow_private: bool) -> Iterator[HTTPConnection]:
    """Connect to a checked IP address, so that a second DNS lookup cannot return another (DNS rebinding)."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = _resolve(host, port, deadline)
    if not allow_private and not all(is_public(each) for each in found):
        raise SendingFailedError("The address leads into a private network.")
    plain = _first_that_answers(found, port, deadline)
    with plain, _cut_off(plain, deadline), _link(plain, host, parts.scheme) as link:
        connection = HTTPConnection(host, port)
        connection.sock = link
        yield connection


def _first_that_answers(addresses: list[str], port: int, deadline: float) -> socket.socket:
    failure: OSError = TimeoutError()
    for number, address in enumerate(addresses):
        try:
            # Addresses that do not respond leave time for the others.
            return socket.create_connection((address, port), _left(deadline) / (len(addresses) - number))
        except OSError as error:
            failure = error
    raise failure


def _link(plain: socket.socket, host: str, scheme: str) -> socket.socket:
    plain.settimeout(SECONDS)
    if scheme != "https":
        return plain
    return ssl.create_default_context(cafile=certifi.where()).wrap_socket(plain, server_hostname=host)


@contextmanager
def _cut_off(link: socket.socket, deadline: float) -> Iterator[None]:
    """Shut the connection down at the deadline: a socket's own timeout restarts with each byte.

    Raises TimeoutError then.
    """
    twin, is_over = link.dup(), threading.Event()  # a duplicate, because TLS takes over the socket

    def shut_down() -> None:
        is_over.set()
        with suppress(OSError):  # the other side closed it first
            twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(deadline), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if not is_over.is_set():
            raise
    finally:
        timer.cancel()
        timer.join()
        twin.close()
    if is_over.is_set():  # also if the headers were cut off there and look complete
        raise TimeoutError


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _resolve(host: str, port: int, deadline: float) -> list[str]:
    """Resolve the name in time: a hanging resolver cannot be interrupted, only abandoned."""
    found: Future[list[str]] = Future()

    def resolve() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except (OSError, UnicodeError) as error:
            found.set_exception(error if isinstance(error, OSError) else OSError("This is no name."))

    threading.Thread(target=resolve, daemon=True).start()
    return found.result(_left(deadline))


def is_public(address: str) -> bool:
    """Return True for a public IP address. Of an IPv6 address that wraps an IPv4 one, the latter counts."""
    found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    return found.is_global and not found.is_multicast


def _unwrapped(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
