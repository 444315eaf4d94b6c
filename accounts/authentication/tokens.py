"""Verify Supabase access tokens and return their claims."""

import functools
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt
from django.conf import settings
from jwt.utils import base64url_decode

from accounts.authentication.claims import Claims, TokenError, require
from accounts.authentication.keys import ASYMMETRIC, KeyCache
from accounts.authentication.roles import RoleClaim
from accounts.authentication.verified import Verified, VerifiedTokens

logger = logging.getLogger(__name__)

AUDIENCE = "authenticated"
MAX_TOKEN_LENGTH = 8 * 1024
MAX_KID_LENGTH = 128
# Seconds.
LEEWAY = 30
DAY = 24 * 3600
MOST_ISSUERS_TOLD = 16

UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


class TokenVerifier:
    """Verifies each access token once: see `verify`.

    An empty `secret` disables HS256; `keys=None` disables asymmetric tokens. `issuers` are compared exactly, and
    None among them accepts tokens without `iss`; without any issuer `iss` is not checked. No token may live longer
    than `longest_life` seconds. `now` gives Unix seconds.
    """

    def __init__(
        self,
        *,
        secret: str,
        issuers: Sequence[str | None],
        keys: KeyCache | None,
        longest_life: float = DAY,
        role_claim: RoleClaim | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._issuers = issuers
        self._keys = keys
        self._longest_life = longest_life
        self._role_claim = role_claim or RoleClaim()
        self._now = now
        self._verified = VerifiedTokens()
        self._issuers_told: set[str] = set()

    def verify(self, raw: str) -> Claims:
        """Return the claims of a valid token. Raises only TokenError or KeysUnavailable.

        A token that was verified before is trusted until it expires, and only while its header still leads to the very
        key that verified it: a key set that is fetched anew brings keys of its own.
        """
        try:
            require(len(raw) <= MAX_TOKEN_LENGTH and raw.isascii(), "The token is too long or not ASCII.")
            return self._claims_known(raw) or self._claims_verified(raw)
        except UNREADABLE as error:
            raise TokenError(type(error).__name__) from error

    @property
    def keys_state(self) -> str:
        """State of the cached keys (`KeyCache.state`); `off` if only the shared secret is used."""
        return self._keys.state if self._keys else "off"

    def _claims_known(self, raw: str) -> Claims | None:
        known = self._verified.get(raw)
        if known is None:
            return None
        key, _ = self._key(known.header)
        if known.key is key and self._now() - LEEWAY < known.expires_at:
            return known.claims
        self._verified.forget(raw)
        return None

    def _claims_verified(self, raw: str) -> Claims:
        # PyJWT parses the whole token to read its header, and `decode` would do so again.
        header = json.loads(base64url_decode(raw.partition(".")[0]))
        require("crit" not in header, "The header has critical extensions.")
        key, algorithm = self._key(header)
        payload = self._payload(raw, key, algorithm)
        self._check_issuer(payload)
        expires_at = self._check_times(payload)
        claims = Claims.from_payload(payload, self._role_claim)
        names = {name: header.get(name) for name in ("alg", "kid")}
        self._verified.remember(raw, Verified(claims, expires_at, names, key))
        return claims

    def _payload(self, raw: str, key: str | jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        return jwt.decode(
            raw,
            key,
            algorithms=[algorithm],
            audience=AUDIENCE,
            options={
                "require": ["exp", "sub", "aud"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                # Issuer and times are checked below: by our list, and by our clock.
                "verify_iss": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )

    def _key(self, header: Mapping[str, Any]) -> tuple[str | jwt.PyJWK, str]:
        """Return the key for this token with the one algorithm of that key; the header only picks the kind."""
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret:
            return self._secret, "HS256"
        if algorithm in ASYMMETRIC and self._keys:
            kid = header.get("kid")
            if isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH:
                key = self._keys.key(kid)
                return key, key.algorithm_name
            raise TokenError("The header names no key.")
        raise TokenError(f"The algorithm {ascii(algorithm)[:40]} is not one of those configured.")

    def _check_issuer(self, payload: Mapping[str, Any]) -> None:
        issuer = payload.get("iss")
        if not self._issuers or issuer in self._issuers:
            return
        # Only tokens with a good signature get here. Once for each issuer: a wrong setting refuses everybody.
        name = "(none)" if issuer is None else ascii(issuer)[:200]
        if name not in self._issuers_told and len(self._issuers_told) < MOST_ISSUERS_TOLD:
            self._issuers_told.add(name)
            logger.warning("Tokens of the issuer %s are refused. If it is yours, list it in SUPABASE_ISSUERS.", name)
        raise TokenError(f"The issuer {name} is not one of those configured.")

    def _check_times(self, payload: Mapping[str, Any]) -> float:
        """Return the moment of expiry."""
        now = self._now()
        expires_at = _seconds(payload["exp"])
        require(now - LEEWAY < expires_at, "It has expired.")
        for name in ("nbf", "iat"):
            if name in payload:
                require(_seconds(payload[name]) <= now + LEEWAY, f"Not valid yet ({name}).")
        issued_at = _seconds(payload["iat"]) if "iat" in payload else now
        require(expires_at - issued_at <= self._longest_life + LEEWAY, "It lives longer than SUPABASE_MAX_TOKEN_HOURS.")
        return expires_at


def _seconds(value: Any) -> float:
    """Read a NumericDate (RFC 7519). Python would also accept booleans, NaN and numeric strings."""
    require(isinstance(value, int | float) and not isinstance(value, bool), "A time is no number.")
    return float(value)


@functools.lru_cache(maxsize=1)
def verifier() -> TokenVerifier:
    """Return the process's verifier, built from the settings; it holds the cached keys and tokens."""
    address = f"{settings.SUPABASE_URL}/auth/v1" if settings.SUPABASE_URL else ""
    return TokenVerifier(
        secret=settings.SUPABASE_JWT_SECRET,
        issuers=settings.SUPABASE_ISSUERS or ([address] if address else []),
        keys=KeyCache(f"{address}/.well-known/jwks.json") if address else None,
        longest_life=settings.SUPABASE_MAX_TOKEN_HOURS * 3600,
        role_claim=settings.SUPABASE_ROLE_CLAIM,
    )
