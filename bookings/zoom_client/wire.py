"""How a request reaches Zoom: one HTTP exchange within a time limit, and what its failure means. Times are seconds.

`bookings.zoom_client` says what is asked of Zoom; nothing here knows of meetings or of tokens.
"""

import json
import logging
import re
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NewConnectionError

from bookings.metrics import count_zoom_call

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

CONNECT_SECONDS = 3.05
DAY_SECONDS = 86_400
MAX_BODY_BYTES = 1024 * 1024
# Zoom: 124 is an invalid or expired token; 4700 and 4711 one that lacks scopes, which only a new token can gain
# (developers.zoom.us/docs/integrations/oauth-error-messages).
TOKEN_CODES = (124, 4700, 4711)

TOO_LATE = "Zoom did not answer in time."
UNREADABLE = "Zoom's answer could not be understood."


@dataclass(eq=False)
class ZoomError(Exception):
    """Zoom did not do what was asked, or did not say that it did.

    `sentence` is safe to show: no secrets, no markup, at most 300 characters. `status` and `code` are Zoom's, where it
    answered; `retry_after` is the seconds it asked to wait. `outcome_unknown`: exactly when the request may have taken
    effect all the same; one that only reads, or that was refused, has none.
    """

    sentence: str
    _: KW_ONLY
    status: int | None = None
    code: int | None = None
    retry_after: float | None = None
    outcome_unknown: bool = False

    def __post_init__(self) -> None:
        self.sentence = _safe(self.sentence)
        super().__init__(self.sentence)


class ZoomRefused(ZoomError):
    """Zoom will never do this as asked: a value, the host or the account's plan forbids it."""


class ZoomHostGone(ZoomRefused):
    """There is no such Zoom user in the account any more, or there never was."""


class ZoomGone(ZoomError):
    """The meeting does not exist any more: deleted, or expired 30 days after its date (support.zoom.us 201362373)."""


class ZoomAuthError(ZoomError):
    """Zoom does not accept the credentials, or they lack scopes: somebody must mend the configuration."""


class ZoomRateLimited(ZoomError):
    """Too many requests, in a second or in a day."""


class ZoomUnavailable(ZoomError):
    """Zoom was not reached, did not answer in time, failed, or gave an answer that makes no sense."""


def _safe(text: str) -> str:
    """The text without markup, control characters, links, and whatever is long enough to be a token."""
    text = re.sub(r"<[^>]*>|[<>\x00-\x1f\x7f]", " ", text[:1000])
    text = re.sub(r"https?://\S+", "…", text)
    text = re.sub(r"(?=[\w\-.+/=~]*\d)[\w\-.+/=~]{24,}", "…", text)
    return " ".join(text.split())[:300]


def moment(value: object) -> datetime | None:
    """The aware time that an ISO date or an HTTP date tells; None for anything else. Without a zone it is UTC."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, OverflowError):  # not in this format, or no date at all
            parsed = parse(str(value))
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return None


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP. `body` is None where it broke off, was too slow or too large."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)

    def __str__(self) -> str:
        tracking = " ".join(self.headers.get("x-zm-trackingid", "-").split())  # Zoom's support asks for it
        return str(self.status) if self.succeeded else f"{self.status} (x-zm-trackingid {tracking[:100]})"

    @property
    def succeeded(self) -> bool:
        """Whether Zoom says that it did what was asked."""
        return 200 <= self.status < 300

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON object of the body; empty for anything else, because failing gateways answer HTML or nothing."""
        try:
            payload = json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return {}
        return payload if isinstance(payload, dict) else {}

    @property
    def code(self) -> int | None:
        """Zoom's own code, which means something else at each endpoint."""
        code = self.payload.get("code")
        return code if type(code) is int else None

    @property
    def refuses_token(self) -> bool:
        """Whether a new access token may help."""
        return self.status == 401 or (400 <= self.status < 500 and self.code in TOKEN_CODES)

    def error(self, refusal: type[ZoomError], *, writes: bool, now: float) -> ZoomError:
        """What this failure means. `refusal`: the type of a plain 4xx; `writes`: whether the request changes anything;
        `now`: seconds since 1970.
        """
        is_refused, message = 400 <= self.status < 500, self._message()
        kind = refusal if is_refused and self.status != 408 and self.body is not None else ZoomUnavailable
        kind = ZoomRateLimited if self.status == 429 else kind
        wait, is_unknown = self._retry_after(message, now), writes and not is_refused
        return kind(message, status=self.status, code=self.code, retry_after=wait, outcome_unknown=is_unknown)

    def _message(self) -> str:
        """Zoom: {code, message, errors?}, but {reason, error} for tokens (developers.zoom.us/docs/api/errors)."""
        message = (
            self.payload.get("message") or self.payload.get("reason") or f"Zoom answered with status {self.status}."
        )
        errors = self.payload.get("errors")
        fields = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        return " ".join([str(message), *(f"{error.get('field')}: {error.get('message')}" for error in fields)])

    def _retry_after(self, message: str, now: float) -> float | None:
        """Zoom sends an ISO date, gateways seconds or an HTTP date. On its limit of 100 creates and updates a day for
        each host it sends none; that one ends at midnight UTC (developers.zoom.us/docs/api/rate-limits).
        """
        value = self.headers.get("Retry-After", "").strip()
        if re.fullmatch(r"[0-9]+", value):
            return min(float(value), DAY_SECONDS)
        if until := moment(value):
            return min(max(until.timestamp() - now, 0.0), DAY_SECONDS)
        # A minute later than midnight: a clock that is ahead would be told to wait for the next one.
        left = DAY_SECONDS - (now - 60) % DAY_SECONDS
        return left if self.status == 429 and "daily" in message.lower() else None


class Deadline:
    """When one call of the client must be over, however many requests it takes."""

    def __init__(self, seconds: float, monotonic: Clock) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """The seconds left, always more than 0. Raises ZoomUnavailable where none are: nothing was sent."""
        if (left := self._end - self._monotonic()) <= 0:
            raise ZoomUnavailable(TOO_LATE)
        return left


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: to see where a redirect leads, requests would read its body, however long that is or takes."""


class Wire:
    """One `requests` session: each exchange has a time limit, nothing is repeated, no redirect is followed.

    `monotonic` measures, `now` tells the time in seconds since 1970. Threads may share it, so it keeps no cookies.
    """

    def __init__(self, *, timeout_seconds: float, monotonic: Clock = time.monotonic, now: Clock = time.time) -> None:
        self.timeout_seconds = timeout_seconds
        self.monotonic = monotonic
        self.now = now
        self.session = _Session()
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=0, pool_maxsize=32))

    def deadline(self) -> Deadline:
        """For a call that begins now: room for one slow request and a token."""
        return Deadline(self.timeout_seconds + 2, self.monotonic)

    def exchange(
        self, method: str, url: str, *, name: str, deadline: Deadline, auth: AuthBase, writes: bool, **content: Any
    ) -> Answer:
        """Zoom's answer, of any status. The log has `name` for the url. `content`: json, data, params.
        Raises ZoomUnavailable.
        """
        limit, started = min(self.timeout_seconds, deadline.left()), self.monotonic()
        outcome: Answer | ZoomError
        try:
            outcome = self._send(method, url, limit, auth=auth, **content)
        except (requests.RequestException, HTTPError, OSError) as error:
            outcome = _unavailable(error, writes=writes)
        seconds = self.monotonic() - started
        logger.info("Zoom %s %s: %s in %.0f ms", method, name, outcome, seconds * 1000)
        count_zoom_call(f"{method} {name}", status=outcome.status, seconds=seconds)
        # Raised out here: the exception caught above holds the request, and with it the token.
        if isinstance(outcome, ZoomError):
            raise outcome
        return outcome

    def _send(self, method: str, url: str, limit: float, **options: Any) -> Answer:
        end = self.monotonic() + limit
        # requests hands it on to urllib3, though its type stubs know numbers only; a pair of those allows their sum.
        timeout: Any = urllib3.Timeout(connect=min(CONNECT_SECONDS, limit), total=limit)
        response = self.session.request(method, url, timeout=timeout, allow_redirects=False, stream=True, **options)
        with closing(response):
            return Answer(response.status_code, response.headers, _read(response, end - self.monotonic()))


def _unavailable(error: Exception, *, writes: bool) -> ZoomUnavailable:
    """What a broken exchange means: without a connection, or a proper address, nothing was sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.args[0] if reason is not None and reason.args else None
    is_unsent = isinstance(error, (requests.ConnectTimeout, ValueError)) or isinstance(reason, NewConnectionError)
    if is_unsent or isinstance(cause, ssl.SSLCertVerificationError):
        return ZoomUnavailable("Zoom could not be reached.")
    sentence = TOO_LATE if isinstance(error, requests.Timeout) else "The connection to Zoom broke."
    return ZoomUnavailable(sentence, outcome_unknown=writes)


def _read(response: requests.Response, seconds: float) -> bytes | None:
    """The body; None where it breaks off, is larger than 1 MiB or not there in time.

    A socket's timeout starts afresh with each byte: only hanging up ends a body that drips.
    """
    body = bytearray()
    timer = threading.Timer(max(seconds, 0), _hang_up, [response])
    timer.daemon = True
    timer.start()
    try:
        while len(body) <= MAX_BODY_BYTES and (part := response.raw.read1(65_536, decode_content=True)):
            body += part
    except (HTTPError, OSError) as error:
        logger.info("The body of Zoom's answer broke off: %s", type(error).__name__)
        return None
    finally:
        timer.cancel()
    return bytes(body) if len(body) <= MAX_BODY_BYTES else None


def _hang_up(response: requests.Response) -> None:
    with suppress(ValueError, RuntimeError, OSError):  # just now read to its end, or closed
        response.raw.shutdown()
