"""Fetch a calendar from a user-supplied URL, but never from inside our own network (SSRF).

A name is resolved once, all its IP addresses are checked, and the connection goes to one of these, which defeats DNS
rebinding. Each redirect is checked like a new URL.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
from django.conf import settings
from django.utils.encoding import iri_to_uri

# For everything together: DNS, connections, redirects and the calendar itself.
SECONDS = 20
MOST_BYTES = 5 * 2**20
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
# Longer ETags and dates are not stored.
LONGEST_VALIDATOR = 200
LONGEST_ADDRESS = 1000
PORTS = {"https": 443, "http": 80}

BROKEN = "The connection to the calendar's server broke off."
TOO_SLOW = f"The calendar's server takes longer than {SECONDS} seconds."
TOO_LARGE = f"The calendar is larger than {MOST_BYTES // 2**20} MB."


class FetchError(Exception):
    """The calendar could not be fetched. `sentence` is for the teacher and does not reveal the secret of the URL."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Fetched(NamedTuple):
    """A response; `content` is None if nothing has changed."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


def fetch(address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
    """Return the calendar at the URL, unless unchanged since this ETag or date. Raises FetchError."""
    headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "Bookings"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    with _Deadline(SECONDS) as deadline:
        for _ in range(MOST_REDIRECTS + 1):
            found = _ask(checked_address(address), headers, deadline)
            if isinstance(found, Fetched):
                return found
            address = _joined(address, found)
    raise FetchError(f"The address redirects more than {MOST_REDIRECTS} times.")


def checked_address(text: str) -> str:
    """Return the URL in the form that can be fetched; `webcal:` becomes `https:`. Raises FetchError."""
    address = iri_to_uri(text.strip())
    if address.lower().startswith("webcal://"):
        address = f"https://{address[len('webcal://') :]}"
    parts = _parts(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.DEBUG):
        raise FetchError("The address must begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise FetchError("An address with a user name or password in it is not supported.")
    if len(address) > LONGEST_ADDRESS:
        raise FetchError(f"The address is longer than {LONGEST_ADDRESS} characters.")
    return address


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise FetchError("The address redirects to one that is not valid.") from error


def host_of(address: str) -> str:
    return _parts(address).hostname or ""


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        is_complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        raise FetchError("This is not the address of a calendar.")
    return parts


# --- Where the connection goes ----------------------------------------------------------------------------------------


def _public_addresses(host: str, port: int, deadline: "_Deadline") -> list[str]:
    """Resolve the name, and return its IP addresses if all of them are public."""
    found: list[str] = []
    # In a thread, because the system's resolver has no time limit. A late result is ignored.
    resolver = threading.Thread(target=lambda: found.extend(_resolved(host, port)), daemon=True)
    resolver.start()
    resolver.join(deadline.seconds_left)
    if resolver.is_alive():
        raise FetchError(TOO_SLOW)
    if not found:
        raise FetchError("The name of the calendar's server cannot be found.")
    if not all(_is_public(address) for address in found):
        raise FetchError("The address leads into a private network.")
    return found


def _resolved(host: str, port: int) -> list[str]:
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):  # the name does not exist
        return []


def _is_public(text: str) -> bool:
    """Return True for a public IP address: not private, loopback, link-local, multicast or reserved.

    IPv6 addresses that stand for one of IPv4 (mapped, 6to4, Teredo, NAT64) are refused: no public server needs one.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address.is_site_local
    ):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _Deadline:
    """Shuts down the connections of a context when its time is over.

    Socket timeouts apply to each read, so a response of one byte a second would never end.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._until = seconds, time.monotonic() + seconds
        self._handles: list[socket.socket] = []
        self._is_over = threading.Event()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._timer.cancel()
        self._timer.join()
        for handle in self._handles:
            handle.close()

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def connect(self, address: str, port: int) -> socket.socket:
        self.check()
        connection = socket.create_connection((address, port), timeout=self._seconds)
        self._handles.append(connection.dup())
        if self._is_over.is_set():
            self._end()
        return connection

    def check(self) -> None:
        """Raise FetchError if the time is over."""
        if self._is_over.is_set():
            raise FetchError(TOO_SLOW)

    def _end(self) -> None:
        self._is_over.set()
        for handle in self._handles:
            with suppress(OSError):  # the other side closed it first
                handle.shutdown(socket.SHUT_RDWR)


class _Connection(http.client.HTTPConnection):
    """A connection to the first of these IP addresses that responds, under the host's name."""

    def __init__(self, parts: SplitResult, addresses: list[str], deadline: _Deadline) -> None:
        assert parts.hostname is not None
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname, parts.port or self.default_port)
        self._addresses, self._deadline, self._is_secure = addresses, deadline, parts.scheme == "https"

    def connect(self) -> None:
        self.sock = self._first()
        if self._is_secure:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)

    def _first(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            with suppress(OSError):  # the next one may respond
                return self._deadline.connect(address, self.port)
        return self._deadline.connect(last, self.port)


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


# --- The response --------------------------------------------------------------------------------------------------


def _ask(address: str, headers: dict[str, str], deadline: _Deadline) -> Fetched | str:
    """Return the response, or the target of a redirect."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    addresses = _public_addresses(parts.hostname, parts.port or PORTS[parts.scheme], deadline)
    connection = _Connection(parts, addresses, deadline)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", headers=headers)
        with connection.getresponse() as response:
            return _answer(response, deadline)
    except ssl.SSLCertVerificationError as error:
        raise FetchError("The certificate of the calendar's server is not valid.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        deadline.check()
        raise FetchError(BROKEN) from error
    finally:
        connection.close()


def _answer(response: http.client.HTTPResponse, deadline: _Deadline) -> Fetched | str:
    location = response.getheader("Location")
    if response.status in REDIRECTS and location:
        return location
    if response.status == 304:
        return Fetched(None)
    if response.status != 200:
        raise FetchError(_refusal(response.status))
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise FetchError("The calendar's server answers in a compressed form that it was not asked for.")
    content = _body(response)
    deadline.check()
    return Fetched(content, _to_send_back(response, "ETag"), _to_send_back(response, "Last-Modified"))


def _to_send_back(response: http.client.HTTPResponse, header: str) -> str:
    value = response.getheader(header, "")
    return value if len(value) <= LONGEST_VALIDATOR and value.isprintable() else ""


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"The calendar's server does not let us in ({status})."
    if status in (404, 410):
        return f"There is no calendar at this address ({status})."
    return f"The calendar's server answers with an error ({status})."


def _body(response: http.client.HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise FetchError(TOO_LARGE)
    if response.length:  # missing bytes of the announced length
        raise FetchError(BROKEN)
    return bytes(body)
