"""The claims of a verified token."""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext_lazy

from accounts.authentication.roles import RoleClaim

MAX_EMAIL_LENGTH = 254
MAX_NAME_LENGTH = 100
SUPABASES_OWN = RoleClaim()


class TokenError(Exception):
    """The token is not accepted. `str()` is the sentence for callers; `reason` is for our debug log."""

    sentence = gettext_lazy("The token is invalid or has expired.")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class Claims:
    """Names are set by the user; the role is set by an administrator, or None.

    `issued_at` is None in a token without `iat`, which Supabase always writes.
    """

    user_id: uuid.UUID
    email: str
    role: str | None
    first_name: str
    last_name: str
    issued_at: dt.datetime | None = None
    has_second_factor: bool = False

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any], role_claim: RoleClaim = SUPABASES_OWN) -> Self:
        """Read a verified payload. Raises TokenError unless it describes a signed-in user.

        The top-level `role` is a role of the database, never ours. Users write `user_metadata` themselves, only
        administrators write `app_metadata`: supabase.com/docs/guides/auth/users
        """
        require(payload.get("role") == "authenticated", "The role is not authenticated.")
        require(payload.get("is_anonymous") in (None, False), "The user is anonymous.")
        # Tokens of third-party applications: supabase.com/docs/guides/auth/oauth-server/token-security
        require("client_id" not in payload, "The token belongs to an OAuth client.")
        first_name, last_name = _names(_mapping(payload.get("user_metadata")))
        return cls(
            user_id=_user_id(payload.get("sub")),
            email=_email(payload.get("email")),
            role=role_claim.read(payload),
            first_name=first_name,
            last_name=last_name,
            issued_at=dt.datetime.fromtimestamp(payload["iat"], dt.UTC) if "iat" in payload else None,
            has_second_factor=payload.get("aal") == "aal2",
        )


def require(fact: bool, reason: str) -> None:  # noqa: FBT001  # reads as an assertion
    """Raise TokenError unless the fact holds."""
    if not fact:
        raise TokenError(reason)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _user_id(sub: Any) -> uuid.UUID:
    """Accept the canonical form only: `uuid.UUID` also takes braces, urn: and digits of other scripts."""
    require(isinstance(sub, str) and len(sub) == 36, "The subject is no UUID.")
    user_id = uuid.UUID(sub)
    require(str(user_id) == sub, "The subject is no canonical UUID.")
    return user_id


def _email(value: Any) -> str:
    email = value.strip().lower() if isinstance(value, str) else ""
    return email if len(email) <= MAX_EMAIL_LENGTH and email.isprintable() else ""


def _names(metadata: Mapping[str, Any]) -> tuple[str, str]:
    """Return first and last name: Supabase's keys, those of OpenID Connect, or the full name split in two."""
    for first, last in (("first_name", "last_name"), ("given_name", "family_name")):
        names = _name(metadata.get(first)), _name(metadata.get(last))
        if any(names):
            return names
    whole = _name(metadata.get("full_name")) or _name(metadata.get("name"))
    first_name, _, last_name = whole.rpartition(" ")
    return (first_name, last_name) if first_name else (whole, "")


def _name(value: Any) -> str:
    """Return one line without control characters or surrogates, which databases and mail headers reject."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    clean = "".join(character for character in words if unicodedata.category(character) not in ("Cc", "Cs"))
    return clean[:MAX_NAME_LENGTH].strip()
