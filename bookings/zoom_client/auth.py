"""Access tokens for Zoom, fetched or signed here."""

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TypeGuard

import jwt
import requests
from requests.auth import AuthBase, HTTPBasicAuth

from bookings.zoom_client.errors import TOO_LATE, UNREADABLE, ZoomAuthError, ZoomUnavailable
from bookings.zoom_client.wire import Clock, Deadline, Wire

# No token is longer than a header may be.
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
LONGEST_LIFE_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Token(AuthBase):
    """A bearer token, valid until `expires_at` of the monotonic clock. Passed as `auth`, it overrides any `.netrc`."""

    value: str = field(repr=False)
    expires_at: float = float("inf")

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the header."""
        r.headers["Authorization"] = f"Bearer {self.value}"
        return r


class ServerToServerTokens:
    """Tokens of a Server-to-Server OAuth app, cached until a minute before they expire; one thread fetches for all.

    Zoom: developers.zoom.us/docs/internal-apps/s2s-oauth. The grant goes into the body: in the query it is refused.
    """

    def __init__(self, wire: Wire, *, url: str, account_id: str, client_id: str, client_secret: str) -> None:
        self._wire = wire
        self._url = url
        self._grant = {"grant_type": "account_credentials", "account_id": account_id}
        self._auth = HTTPBasicAuth(client_id.encode(), client_secret.encode())
        self._cached: Token | None = None
        self._lock = threading.Lock()

    def token(self, deadline: Deadline, *, refused: Token | None = None) -> Token:
        """Return the cached token, or a new one. Raises ZoomAuthError, ZoomRateLimited or ZoomUnavailable."""
        if not self._lock.acquire(timeout=deadline.left()):
            raise ZoomUnavailable(TOO_LATE)
        try:
            token = self._cached
            # Another thread may have replaced the refused token already.
            if token is None or token is refused or token.expires_at <= self._wire.monotonic():
                token = self._cached = self._fetch(deadline)
            return token
        finally:
            self._lock.release()

    def _fetch(self, deadline: Deadline) -> Token:
        asked_at = self._wire.monotonic()
        answer = self._wire.exchange(
            "POST", self._url, name="/oauth/token", deadline=deadline, auth=self._auth, writes=False, data=self._grant
        )
        if not 200 <= answer.status < 300:
            raise answer.error(ZoomAuthError, writes=False, now=self._wire.now())
        value, lifetime = answer.payload.get("access_token"), answer.payload.get("expires_in")
        if not isinstance(value, str) or not _TOKEN.fullmatch(value) or not _is_lifetime(lifetime):
            raise ZoomUnavailable(UNREADABLE, status=answer.status)
        return Token(value, expires_at=asked_at + lifetime - min(60, lifetime / 2))


def _is_lifetime(seconds: object) -> TypeGuard[int]:
    return type(seconds) is int and 0 <= seconds <= LONGEST_LIFE_SECONDS


class LegacyJwtTokens:
    """Tokens signed here with an API key and secret, valid for a minute. Zoom itself has refused them since 2023-09-08.

    Zoom: developers.zoom.us/blog/jwt-deprecation-guide.
    """

    def __init__(self, *, key: str, secret: str, now: Clock = time.time) -> None:
        self._key = key
        self._secret = secret
        self._now = now

    def token(self, deadline: Deadline, *, refused: Token | None = None) -> Token:
        """Return a fresh token for each request."""
        claims = {"iss": self._key, "exp": int(self._now()) + 60}
        return Token(jwt.encode(claims, self._secret, algorithm="HS256"))
