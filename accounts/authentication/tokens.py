"""A raw Supabase access token in, verified claims out, or an error. The keys are in `keys`."""

import functools
import json
import time
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import jwt
from django.conf import settings
from jwt.utils import base64url_decode

from accounts.authentication.keys import ALGORITHMS, KeyCache

AUDIENCE = "authenticated"
MAX_TOKEN_LENGTH = 8 * 1024
MAX_KID_LENGTH = 128
MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 100
# Seconds. Supabase's tokens live an hour; its command line allows a week, which is too long for a token that nobody
# can take back.
MAX_LIFETIME = 24 * 3600
LEEWAY = 30
APP_ROLES = ("student", "teacher")


class TokenError(Exception):
    """The token proves nothing. `str()` is the one sentence for callers; `reason` is for our own debug log."""

    sentence = "The token is invalid or has expired."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(self.sentence)


# --- What a token says ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the token speaks of. Names are the user's own words; the role is the administrator's, or None."""

    user_id: uuid.UUID
    email: str
    role: str | None
    first_name: str
    last_name: str
    has_second_factor: bool = False

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Reads a verified payload. Raises TokenError where it does not speak of a signed-in person.

        The top-level `role` is a role of the database, never ours. Users write `user_metadata` themselves, only
        administrators write `app_metadata`: supabase.com/docs/guides/auth/users
        """
        _require(payload.get("role") == "authenticated", "The role is not authenticated.")
        _require(payload.get("is_anonymous") in (None, False), "The user is anonymous.")
        # Tokens of third-party applications: supabase.com/docs/guides/auth/oauth-server/token-security
        _require("client_id" not in payload, "The token belongs to an OAuth client.")
        first_name, last_name = _names(_mapping(payload.get("user_metadata")))
        return cls(
            user_id=_user_id(payload.get("sub")),
            email=_email(payload.get("email")),
            role=_app_role(_mapping(payload.get("app_metadata")).get("role")),
            first_name=first_name,
            last_name=last_name,
            has_second_factor=payload.get("aal") == "aal2",
        )


def _require(fact: bool, reason: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not fact:
        raise TokenError(reason)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _user_id(sub: Any) -> uuid.UUID:
    """Only the canonical form: `uuid.UUID` alone also takes braces, urn: and digits of other scripts."""
    _require(isinstance(sub, str) and len(sub) == 36, "The subject is no UUID.")
    user_id = uuid.UUID(sub)
    _require(str(user_id) == sub, "The subject is no canonical UUID.")
    return user_id


def _app_role(role: Any) -> str | None:
    return role if isinstance(role, str) and role in APP_ROLES else None


def _email(value: Any) -> str:
    email = value.strip().lower() if isinstance(value, str) else ""
    return email if len(email) <= MAX_EMAIL_LENGTH and email.isprintable() else ""


def _names(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """First and last name, under the keys of Supabase's forms, of OpenID Connect, or split from the whole name."""
    for first, last in (("first_name", "last_name"), ("given_name", "family_name")):
        names = _name(metadata.get(first)), _name(metadata.get(last))
        if any(names):
            return names
    whole = _name(metadata.get("full_name")) or _name(metadata.get("name"))
    first_name, _, last_name = whole.rpartition(" ")
    return (first_name, last_name) if first_name else (whole, "")


def _name(value: Any) -> str:
    """One line without control characters or surrogates, which databases and mail headers do not take."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    clean = "".join(character for character in words if unicodedata.category(character) not in ("Cc", "Cs"))
    return clean[:MAX_NAME_LENGTH].strip()


# --- Verification -----------------------------------------------------------------------------------------------------

UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


class TokenVerifier:
    """Verifies access tokens.

    `secret` "" takes no HS256 token, `keys` None no other; `issuer` "" asks for no `iss`. `now` gives Unix seconds.
    """

    def __init__(
        self, *, secret: str, issuer: str, keys: KeyCache | None, now: Callable[[], float] = time.time
    ) -> None:
        self._secret = secret
        self._issuer = issuer
        self._keys = keys
        self._now = now

    def verify(self, raw: str) -> Claims:
        """The claims of a token that is to be trusted now. Raises TokenError or KeysUnavailable, and nothing else."""
        try:
            _require(len(raw) <= MAX_TOKEN_LENGTH and raw.isascii(), "The token is too long or not ASCII.")
            payload = self._payload(raw)
            self._check_times(payload)
            return Claims.from_payload(payload)
        except UNREADABLE as error:
            raise TokenError(type(error).__name__) from error

    @property
    def keys_state(self) -> str:
        """That of the kept keys (`KeyCache.state`); `off` where only the secret counts."""
        return self._keys.state if self._keys else "off"

    def _payload(self, raw: str) -> dict[str, Any]:
        # PyJWT's own way to the header reads the whole token, and `decode` does that again.
        header = json.loads(base64url_decode(raw.partition(".")[0]))
        _require("crit" not in header, "The header has critical extensions.")
        key, algorithm = self._key(header)
        return jwt.decode(
            raw,
            key,
            algorithms=[algorithm],
            audience=AUDIENCE,
            issuer=self._issuer or None,
            options={
                "require": ["exp", "sub", "aud", *(["iss"] if self._issuer else [])],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
                # Times are checked below, by our clock.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )

    def _key(self, header: Mapping[str, Any]) -> tuple[str | jwt.PyJWK, str]:
        """The key for this token, with the one algorithm that belongs to the key; the header only chooses the kind."""
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret:
            return self._secret, "HS256"
        if algorithm in ALGORITHMS.values() and self._keys:
            kid = header.get("kid")
            if isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH:
                key = self._keys.key(kid)
                return key, key.algorithm_name
            raise TokenError("The header names no key.")
        raise TokenError("The algorithm is not one of those configured.")

    def _check_times(self, payload: Mapping[str, Any]) -> None:
        now = self._now()
        _require(now - LEEWAY < _seconds(payload["exp"]) <= now + MAX_LIFETIME + LEEWAY, "Expired, or lives too long.")
        for name in ("nbf", "iat"):
            if name in payload:
                _require(_seconds(payload[name]) <= now + LEEWAY, f"Not valid yet ({name}).")


def _seconds(value: Any) -> float:
    """A point in time as RFC 7519 has it: a number, where Python would also take true, NaN and digits in quotes."""
    _require(isinstance(value, int | float) and not isinstance(value, bool), "A time is no number.")
    return float(value)


@functools.lru_cache(maxsize=1)
def verifier() -> TokenVerifier:
    """The verifier that the settings ask for; one for the process, for its keys' sake."""
    issuer = f"{settings.SUPABASE_URL}/auth/v1" if settings.SUPABASE_URL else ""
    keys = KeyCache(f"{issuer}/.well-known/jwks.json") if issuer else None
    return TokenVerifier(secret=settings.SUPABASE_JWT_SECRET, issuer=issuer, keys=keys)
