"""Fetch a calendar from a user-supplied URL, but never from inside our own network (SSRF).

Each redirect is checked like a new URL. `caldav` sends its requests through the same `Exchange`.
"""

import base64
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPResponse, IncompleteRead
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from calendars import failures
from guarded_http.deadline import Deadline
from guarded_http.errors import NoAnswerError, NoSuchNameError, PrivateAddressError, RequestError, TooSlowError
from guarded_http.requests import request

# For everything together: DNS, connections, redirects and the calendar itself; for all requests of a CalDAV account.
SECONDS = 20
MOST_BYTES = 5 * 2**20
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
# Longer ETags and dates are not stored.
LONGEST_VALIDATOR = 200
LONGEST_ADDRESS = 1000

TOO_SLOW = failures.TOO_SLOW % {"seconds": SECONDS}
TOO_LARGE = failures.TOO_LARGE % {"megabytes": MOST_BYTES // 2**20}


class FetchError(Exception):
    """The calendar could not be fetched. `sentence` is for the teacher and does not reveal the secret of the URL."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class WrongPasswordError(FetchError):
    """The server refuses the user name or the password: asking again does not help, and may lock the account."""


class Fetched(NamedTuple):
    """A response; `content` is None if nothing has changed."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


def fetch(address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
    """Return the calendar at the URL, unless unchanged since this ETag or date. Raises FetchError."""
    headers = {"Accept": "text/calendar, */*;q=0.1"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    with exchange() as calendar_server:
        answer = calendar_server.send("GET", address, headers)
    if answer.status == 304:
        return Fetched(None)
    if answer.status != 200:
        raise FetchError(refusal(answer.status))
    return Fetched(answer.body, _to_send_back(answer, "ETag"), _to_send_back(answer, "Last-Modified"))


def checked_address(text: str) -> str:
    """Return the URL in the form that can be fetched; `webcal:` becomes `https:`. Raises FetchError."""
    address = iri_to_uri(text.strip())
    if address.lower().startswith("webcal://"):
        address = f"https://{address[len('webcal://') :]}"
    parts = _parts(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.DEBUG):
        raise FetchError(_("The address must begin with https://."))
    if parts.username is not None or parts.password is not None:
        raise FetchError(_("An address with a user name or password in it is not supported."))
    if len(address) > LONGEST_ADDRESS:
        sentence = _("The address is longer than %(most)d characters.")
        raise FetchError(sentence % {"most": LONGEST_ADDRESS})
    return address


def joined(address: str, location: str) -> str:
    """Return the URL that `location` means in an answer from `address`. Raises FetchError."""
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise FetchError(failures.BAD_REDIRECT) from error


def host_of(address: str) -> str:
    return _parts(address).hostname or ""


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        is_complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete:
        raise FetchError(_("This is not the address of a calendar."))
    return parts


# --- Requests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Login:
    """A user name and password for `host`. Only it and the hosts beside it are sent them."""

    host: str
    username: str
    password: str = field(repr=False)

    def header(self, address: str) -> dict[str, str]:
        """Return the header for a request to this URL. Raises FetchError if its host must not have the password."""
        if not _is_beside(self.host, host_of(address)):
            raise FetchError(failures.OTHER_HOST)
        text = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {text}"}


def _is_beside(named: str, other: str) -> bool:
    """Return True for the host itself, and for those of its domain: iCloud's calendars are beside caldav.icloud.com."""
    domain = named.partition(".")[2]
    has_domain = "." in domain and not domain[-1].isdigit()  # IP addresses have none
    return other == named or (has_domain and other.endswith(f".{domain}"))


class Answer(NamedTuple):
    """A response; `address` is where it came from, after redirects. Only that of a success has a body."""

    address: str
    status: int
    headers: Message
    body: bytes


class Exchange:
    """Requests to a calendar's server, with one deadline and one limit of size for all of them."""

    def __init__(self, deadline: Deadline, login: Login | None) -> None:
        self._deadline, self._login, self._room = deadline, login, MOST_BYTES

    def send(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Return the response, following redirects. Raises FetchError."""
        for _number in range(MOST_REDIRECTS + 1):
            answer = self._ask(method, checked_address(address), headers, body)
            location = answer.headers.get("Location")
            if answer.status not in REDIRECTS or not location:
                return answer
            address = joined(answer.address, location)
        raise FetchError(failures.TOO_MANY_REDIRECTS % {"most": MOST_REDIRECTS})

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        sent = {"Accept-Encoding": "identity", "User-Agent": "Bookings", **headers}
        sent |= self._login.header(address) if self._login else {}
        try:
            with request(method, address, sent, body=body, deadline=self._deadline) as response:
                content = self._content(response) if 200 <= response.status < 300 else b""
                return Answer(address, response.status, response.headers, content)
        except RequestError as error:
            raise FetchError(_sentence(error)) from error

    def _content(self, response: HTTPResponse) -> bytes:
        if response.getheader("Content-Encoding", "identity") != "identity":
            raise FetchError(failures.COMPRESSED)
        content = bytearray()
        while chunk := response.read1(65536):
            content += chunk
            self._room -= len(chunk)
            if self._room < 0:
                raise FetchError(TOO_LARGE)
        if response.length:  # of what was announced, this much is missing
            raise IncompleteRead(bytes(content), response.length)
        return bytes(content)


@contextmanager
def exchange(login: Login | None = None) -> Iterator[Exchange]:
    with Deadline(SECONDS) as deadline:
        yield Exchange(deadline, login)


# --- Answers ----------------------------------------------------------------------------------------------------------


def _sentence(error: RequestError) -> str:
    match error:
        case PrivateAddressError():
            return failures.PRIVATE
        case TooSlowError():
            return TOO_SLOW
        case NoSuchNameError():
            return failures.NO_SUCH_NAME
        case NoAnswerError(reason=ssl.SSLCertVerificationError()):
            return failures.BAD_CERTIFICATE
    return failures.BROKEN_OFF


def _to_send_back(answer: Answer, header: str) -> str:
    value = str(answer.headers.get(header, ""))
    return value if len(value) <= LONGEST_VALIDATOR and value.isprintable() else ""


def refusal(status: int) -> str:
    """Return the sentence for a response that is no success."""
    if status in (401, 403):
        sentence = failures.NOT_LET_IN
    elif status in (404, 410):
        sentence = failures.NOT_THERE
    else:
        sentence = failures.SERVER_ERROR
    return sentence % {"status": status}
