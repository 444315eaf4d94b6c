"""Tokens that were verified before, so that each is verified once: an ES256 signature costs more than all the rest."""

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple

from accounts.authentication.claims import Claims

# A few kilobytes each at most: some ten megabytes in a process.
MOST_TOKENS = 8192


class Verified(NamedTuple):
    """The claims of a good token until `expires_at` (Unix seconds), its header, and the key that verified it."""

    claims: Claims
    expires_at: float
    header: Mapping[str, Any]
    key: object


class VerifiedTokens:
    """Verified tokens by their digest, never the tokens themselves; the oldest make room. Safe for threads."""

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self._writing = threading.Lock()
        self._by_digest: dict[bytes, Verified] = {}

    def __len__(self) -> int:
        return len(self._by_digest)

    def get(self, raw: str) -> Verified | None:
        """Return what is remembered of this token. Whether its key still counts is for the caller to ask."""
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
