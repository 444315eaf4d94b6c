"""Send requests to URLs that users enter: only to the public internet, and with a deadline.

A name is resolved once, all its IP addresses are checked, and the connection goes to one of them, so that a second DNS
lookup cannot return another (DNS rebinding). No redirects are followed, and no proxies of the environment are used.
"""

import functools
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, urlsplit

import certifi

from guarded_http.addresses import is_public, resolve
from guarded_http.deadline import Deadline
from guarded_http.errors import NoAnswerError, PrivateAddressError, TooSlowError

PORTS = {"https": 443, "http": 80}


@contextmanager
def request(
    method: str,
    address: str,
    headers: Mapping[str, str],
    *,
    deadline: Deadline,
    body: bytes | None = None,
    allow_private: bool = False,
) -> Iterator[HTTPResponse]:
    """Yield the response. Read its body inside the context, or not at all. Raises RequestError."""
    parts = urlsplit(address)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    connection = _Connection(parts, deadline, allow_private=allow_private)
    try:
        connection.connect()
        connection.request(method, target, body, dict(headers))
        with connection.getresponse() as response:
            yield response
    except (OSError, HTTPException, ValueError) as error:
        deadline.check()
        raise (TooSlowError() if isinstance(error, TimeoutError) else NoAnswerError(error)) from error
    finally:
        connection.close()
    deadline.check()  # a response that was cut off may look complete


class _Connection(HTTPConnection):
    """A connection to a checked IP address, with the host's name in `Host` and TLS."""

    def __init__(self, parts: SplitResult, deadline: Deadline, *, allow_private: bool) -> None:
        assert parts.hostname is not None
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname, parts.port or self.default_port)
        self._deadline, self._allow_private, self._is_secure = deadline, allow_private, parts.scheme == "https"

    def connect(self) -> None:
        self.sock = self._deadline.connect(self._addresses(), self.port)
        if self._is_secure:
            self.sock = _trusting(certifi.where()).wrap_socket(self.sock, server_hostname=self.host)

    def _addresses(self) -> list[str]:
        found = resolve(self.host, self.port, self._deadline)
        if not (self._allow_private or all(is_public(address) for address in found)):
            raise PrivateAddressError
        return found


@functools.cache
def _trusting(authorities: str) -> ssl.SSLContext:
    """Return the context that trusts the authorities of this file, which takes 17 ms to read."""
    return ssl.create_default_context(cafile=authorities)
