"""Fetch, filter and cache Supabase's public signing keys."""

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

logger = logging.getLogger(__name__)

FETCH_TIMEOUT_SECONDS = 3
MAX_KEYS_LENGTH = 256 * 1024
# What Supabase's auth server signs with, by key type and curve (github.com/supabase/auth, internal/conf/jwk.go). The
# first is the default if a key names no algorithm.
ALGORITHMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-521"): ("ES512",),
    ("RSA", ""): ("RS256", "RS512"),
    ("OKP", "Ed25519"): ("EdDSA",),
}
ASYMMETRIC = frozenset(name for names in ALGORITHMS.values() for name in names)
PRIVATE_PARTS = ("d", "p", "q", "dp", "dq", "qi", "oth")


class KeysUnavailable(Exception):
    """Supabase's keys cannot be fetched and none are cached, so the token cannot be verified. Retry in seconds."""

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("The signing keys are out of reach.")


def fetch_keys(url: str) -> bytes:
    """Return the body of the key set at `url`. Raises OSError, or ValueError for a malformed URL."""
    import httpx  # slow to import, and needed only every ten minutes

    from accounts.supabase.bounded_http import BoundedClient

    try:
        with BoundedClient(seconds=FETCH_TIMEOUT_SECONDS, most_bytes=MAX_KEYS_LENGTH) as http:
            response = http.get(url)
    except httpx.InvalidURL as error:
        raise ValueError("The key set's address is no URL.") from error
    except httpx.HTTPError as error:
        raise OSError(f"The key set cannot be fetched: {type(error).__name__}.") from error
    if response.status_code != httpx.codes.OK:
        raise OSError(f"The key set's address answered {response.status_code}.")
    return response.content


def parse_keys(body: bytes) -> dict[str, jwt.PyJWK]:
    """Return usable keys by id (RFC 7517), skipping the others. Raises ValueError if it is not a key set."""
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise ValueError("The key set is nested too deeply.") from error
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("The answer is no key set.")
    keys = (_parse_key(entry) for entry in entries)
    return {key.key_id: key for key in keys if key is not None and key.key_id is not None}


def _parse_key(entry: Any) -> jwt.PyJWK | None:
    """Return a public signing key. Symmetric keys are rejected: published, they would let anybody sign."""
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    kind = (str(entry.get("kty")), str(entry.get("crv", "")))
    usual, *others = ALGORITHMS.get(kind, ("",))
    algorithm = entry.get("alg", usual)
    if not usual or algorithm not in (usual, *others):
        _log_unusable(entry, f"{'/'.join(filter(None, kind))} with {algorithm!r} is not supported")
        return None
    public = {name: value for name, value in entry.items() if name not in PRIVATE_PARTS}
    try:
        return jwt.PyJWK(public, algorithm)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError) as error:
        _log_unusable(entry, type(error).__name__)
        return None


def _log_unusable(entry: Mapping[str, Any], reason: str) -> None:
    logger.warning("Tokens of the signing key %s are refused: %s.", ascii(entry["kid"])[:80], ascii(reason)[1:-1][:80])


class KeyCache:
    """A thread-safe cache of the key set at `url`, one per process.

    Keys are fetched again after `fresh_seconds`, and trusted for at most `stale_seconds` if that fails or returns none:
    so long may a revoked key live on. Between two attempts lie `pause_seconds`, whatever came of the first. One thread
    fetches; others wait for it only if they have no keys at all. The defaults follow Supabase, which caches for ten
    minutes and asks to wait twenty before rotating: supabase.com/docs/guides/auth/signing-keys
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], bytes] = fetch_keys,
        monotonic: Callable[[], float] = time.monotonic,
        fresh_seconds: float = 600,
        stale_seconds: float = 1200,
        pause_seconds: float = 30,
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._monotonic = monotonic
        self._fresh_seconds = fresh_seconds
        self._stale_seconds = stale_seconds
        self._pause_seconds = pause_seconds
        self._fetching = threading.Lock()
        self._tried_at = -math.inf
        # Replaced as one, so that readers need no lock.
        self._known: tuple[Mapping[str, jwt.PyJWK], float] = ({}, -math.inf)

    @property
    def state(self) -> str:
        """`unused` before the first token, `ok`, or `stale`: the next token triggers a fetch."""
        if self._age() == math.inf:
            return "unused"
        return "ok" if self._age() < self._stale_seconds else "stale"

    def key(self, kid: str) -> jwt.PyJWK:
        """Return the key with this id. Raises KeyError if the set lacks it, KeysUnavailable without a set."""
        if kid not in self._known[0] or self._age() >= self._fresh_seconds:
            self._refresh()
        keys, _ = self._known
        if self._age() >= self._stale_seconds:
            raise KeysUnavailable(retry_after=self._retry_after())
        return keys[kid]

    def _age(self) -> float:
        return self._monotonic() - self._known[1]

    def _retry_after(self) -> int:
        left = self._tried_at + self._pause_seconds - self._monotonic()
        return max(1, math.ceil(min(left, self._pause_seconds)))

    def _refresh(self) -> None:
        """Fetch the keys, unless that was just tried. Wait for another thread's fetch only if no key is usable."""
        if not self._fetching.acquire(blocking=self._age() >= self._stale_seconds):
            return
        try:
            if self._monotonic() - self._tried_at >= self._pause_seconds:
                self._load()
        finally:
            self._fetching.release()

    def _load(self) -> None:
        began = self._monotonic()
        try:
            keys = parse_keys(self._fetch(self._url))
            if not keys and self._known[0] and self._age() < self._stale_seconds:
                raise ValueError("A set without a usable key replaces no good one.")
            self._known = keys, began
        except (OSError, ValueError) as error:
            logger.warning("Supabase's keys cannot be fetched: %s", type(error).__name__)
        finally:
            self._tried_at = self._monotonic()
