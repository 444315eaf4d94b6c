"""Fetch a calendar from a user-supplied URL, but never from inside our own network (SSRF).

Each redirect is checked like a new URL.
"""

import ssl
from http.client import HTTPResponse, IncompleteRead
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from guarded_http.deadline import Deadline
from guarded_http.errors import NoAnswerError, NoSuchNameError, PrivateAddressError, RequestError, TooSlowError
from guarded_http.requests import request

# For everything together: DNS, connections, redirects and the calendar itself.
SECONDS = 20
MOST_BYTES = 5 * 2**20
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
# Longer ETags and dates are not stored.
LONGEST_VALIDATOR = 200
LONGEST_ADDRESS = 1000

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
    with Deadline(SECONDS) as deadline:
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
        raise FetchError(_("The address must begin with https://."))
    if parts.username is not None or parts.password is not None:
        raise FetchError(_("An address with a user name or password in it is not supported."))
    if len(address) > LONGEST_ADDRESS:
        sentence = _("The address is longer than %(most)d characters.")
        raise FetchError(sentence % {"most": LONGEST_ADDRESS})
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
        raise FetchError(_("This is not the address of a calendar."))
    return parts


# --- What comes back --------------------------------------------------------------------------------------------------


def _ask(address: str, headers: dict[str, str], deadline: Deadline) -> Fetched | str:
    """Return what the address answers, or where it redirects to."""
    try:
        with request("GET", address, headers, deadline=deadline) as response:
            return _answer(response)
    except RequestError as error:
        raise FetchError(_sentence(error)) from error


def _sentence(error: RequestError) -> str:
    match error:
        case PrivateAddressError():
            return "The address leads into a private network."
        case TooSlowError():
            return TOO_SLOW
        case NoSuchNameError():
            return "The name of the calendar's server cannot be found."
        case NoAnswerError(reason=ssl.SSLCertVerificationError()):
            return "The certificate of the calendar's server is not valid."
    return "The connection to the calendar's server broke off."


def _answer(response: HTTPResponse) -> Fetched | str:
    location = response.getheader("Location")
    if response.status in REDIRECTS and location:
        return location
    if response.status == 304:
        return Fetched(None)
    if response.status != 200:
        raise FetchError(_refusal(response.status))
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise FetchError("The calendar's server answers in a compressed form that it was not asked for.")
    return Fetched(_body(response), _to_send_back(response, "ETag"), _to_send_back(response, "Last-Modified"))


def _to_send_back(response: HTTPResponse, header: str) -> str:
    value = response.getheader(header, "")
    return value if len(value) <= LONGEST_VALIDATOR and value.isprintable() else ""


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"The calendar's server does not let us in ({status})."
    if status in (404, 410):
        return f"There is no calendar at this address ({status})."
    return f"The calendar's server answers with an error ({status})."


def _body(response: HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise FetchError(TOO_LARGE)
    if response.length:  # of what was announced, this much is missing
        raise IncompleteRead(bytes(body), response.length)
    return bytes(body)
