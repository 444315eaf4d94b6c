"""Send one HTTP request to Zoom within a time limit. Times are in seconds.

This module knows nothing of meetings or tokens.
"""

import logging
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from django.utils.translation import gettext_noop
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NewConnectionError

from bookings.metrics import count_zoom_call
from bookings.zoom_client.answer import Answer
from bookings.zoom_client.breaker import Breaker
from bookings.zoom_client.connection import WatchedAdapter, cut_off_after
from bookings.zoom_client.errors import TOO_LATE, ZoomError, ZoomUnavailable

logger = logging.getLogger(__name__)

Clock = Callable[[], float]

CONNECT_SECONDS = 3.05
MAX_BODY_BYTES = 1024 * 1024


class Deadline:
    """The deadline of a call, however many requests it takes."""

    def __init__(self, seconds: float, monotonic: Clock) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, always more than 0. Raises ZoomUnavailable if there are none: nothing was sent."""
        if (left := self._end - self._monotonic()) <= 0:
            raise ZoomUnavailable(TOO_LATE)
        return left


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: to find the target of a redirect, requests would read its body without limit."""


class Wire:
    """One `requests` session with a time limit per exchange, without retries or redirects.

    `monotonic` measures, `now` tells the time in seconds since 1970. Threads may share it, so it stores no cookies.
    """

    def __init__(self, *, timeout_seconds: float, monotonic: Clock = time.monotonic, now: Clock = time.time) -> None:
        self.timeout_seconds = timeout_seconds
        self.monotonic = monotonic
        self.now = now
        self.breaker = Breaker(monotonic)
        self.session = _Session()
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, WatchedAdapter(max_retries=0, pool_maxsize=32))

    def deadline(self) -> Deadline:
        """Return the deadline of a call that starts now: time for one slow request and a token."""
        return Deadline(self.timeout_seconds + 2, self.monotonic)

    def exchange(
        self, method: str, url: str, *, name: str, deadline: Deadline, auth: AuthBase, writes: bool, **content: Any
    ) -> Answer:
        """Return Zoom's response, of any status. Raises ZoomUnavailable.

        The log shows `name` instead of the URL. `content`: json, data, params.
        """
        limit, started = min(self.timeout_seconds, deadline.left()), self.monotonic()
        outcome = self._send(method, url, limit, writes=writes, auth=auth, **content)
        seconds = self.monotonic() - started
        logger.info("Zoom %s %s: %s in %.0f ms", method, name, outcome, seconds * 1000)
        count_zoom_call(f"{method} {name}", status=outcome.status, seconds=seconds)
        self.breaker.note(answered=isinstance(outcome, Answer) and outcome.body is not None)
        if isinstance(outcome, ZoomError):
            raise outcome
        return outcome

    def _send(self, method: str, url: str, limit: float, *, writes: bool, **options: Any) -> Answer | ZoomError:
        """Send the request. A failure is returned, not raised: the exception holds the request with its token."""
        # requests hands it on to urllib3, though its type stubs know numbers only; a pair of those allows their sum.
        timeout: Any = urllib3.Timeout(connect=min(CONNECT_SECONDS, limit), total=limit)
        with cut_off_after(limit) as cutoff:
            try:
                response = self.session.request(
                    method, url, timeout=timeout, allow_redirects=False, stream=True, **options
                )
                with closing(response):
                    body = _read(response)
                # A body that ends with its connection looks complete if we close it.
                return Answer(response.status_code, response.headers, None if cutoff.is_over else body)
            except (requests.RequestException, HTTPError, OSError) as error:
                return _unavailable(error, writes=writes, is_late=cutoff.is_over)


def _unavailable(error: Exception, *, writes: bool, is_late: bool) -> ZoomUnavailable:
    """Classify a broken exchange: without a connection, or a valid address, nothing was sent."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.args[0] if reason is not None and reason.args else None
    is_unsent = isinstance(error, (requests.ConnectTimeout, ValueError)) or isinstance(reason, NewConnectionError)
    if is_unsent or isinstance(cause, ssl.SSLCertVerificationError):
        return ZoomUnavailable(gettext_noop("Zoom could not be reached."))
    sentence = (
        TOO_LATE if is_late or isinstance(error, requests.Timeout) else gettext_noop("The connection to Zoom broke.")
    )
    return ZoomUnavailable(sentence, outcome_unknown=writes)


def _read(response: requests.Response) -> bytes | None:
    """Return the body; None if it breaks off or is larger than 1 MiB."""
    body = bytearray()
    try:
        while len(body) <= MAX_BODY_BYTES and (part := response.raw.read1(65_536, decode_content=True)):
            body += part
    except (HTTPError, OSError) as error:
        logger.info("The body of Zoom's answer broke off: %s", type(error).__name__)
        return None
    return bytes(body) if len(body) <= MAX_BODY_BYTES else None
