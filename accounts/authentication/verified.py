"""A cache of verified tokens: checking an ES256 signature costs more than the rest of a request."""

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from accounts.authentication.claims import Claims

# A few kilobytes each at most: about ten megabytes per process.
MOST_TOKENS = 8192


class Verified(NamedTuple):
    """The claims of a valid token until `expires_at` (Unix seconds), its header, and the key that verified it."""

    claims: Claims
    expires_at: float
    header: Mapping[str, Any]
    key: object


class VerifiedTokens:
    """Verified tokens by their digest, never the tokens themselves; the oldest are evicted. Thread-safe."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self._writing = threading.Lock()
        self._by_digest: dict[bytes, Verified] = {}

    def __len__(self) -> int:
        return len(self._by_digest)

    def get(self, raw: str) -> Verified | None:
        """Return the entry for this token. The caller must check that its key is still valid."""
        return self._by_digest.get(_digest(raw))

    def remember(self, raw: str, verified: Verified) -> None:
        digest = _digest(raw)
        with self._writing:
            self._by_digest.pop(digest, None)
            while len(self._by_digest) >= self._most:
                del self._by_digest[next(iter(self._by_digest))]
            self._by_digest[digest] = verified

    def forget(self, raw: str) -> None:
        with self._writing:
            self._by_digest.pop(_digest(raw), None)


def _digest(raw: str) -> bytes:
    return hashlib.sha256(raw.encode()).digest()
