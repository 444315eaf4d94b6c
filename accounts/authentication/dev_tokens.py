"""Tokens like those of a local Supabase, for development and tests."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
from django.conf import settings

# Where the Supabase CLI serves auth: supabase.com/docs/guides/local-development
LOCAL_ISSUER = "http://127.0.0.1:54321/auth/v1"
HOUR = 3600


def demo_id(email: str) -> uuid.UUID:
    """Return a stable id for a person who has no account yet, derived from the e-mail."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{email}")


def payload(
    *,
    user_id: uuid.UUID,
    email: str = "",
    role: str | None = None,
    first_name: str = "",
    last_name: str = "",
    hours: float = 1,
    aal: str = "aal1",
    now: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """The claims of a signed-in user: supabase.com/docs/guides/auth/jwt-fields. `now` gives Unix seconds."""
    issued_at = int(now())
    own = f"{settings.SUPABASE_URL}/auth/v1" if settings.SUPABASE_URL else LOCAL_ISSUER
    return {
        "iss": next(filter(None, settings.SUPABASE_ISSUERS), own),
        "sub": str(user_id),
        "aud": "authenticated",
        "exp": issued_at + round(hours * HOUR),
        "iat": issued_at,
        "email": email,
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]} | ({"role": role} if role else {}),
        "user_metadata": {"first_name": first_name, "last_name": last_name},
        "role": "authenticated",
        "aal": aal,
        "amr": [{"method": "password", "timestamp": issued_at}],
        "session_id": str(uuid.uuid5(user_id, str(issued_at))),
        "is_anonymous": False,
    }


def mint(
    *,
    user_id: uuid.UUID,
    email: str = "",
    role: str | None = None,
    first_name: str = "",
    last_name: str = "",
    hours: float = 1,
    aal: str = "aal1",
    now: Callable[[], float] = time.time,
) -> str:
    """An HS256 token with these claims, signed with SUPABASE_JWT_SECRET, which must be set."""
    claims = payload(
        user_id=user_id,
        email=email,
        role=role,
        first_name=first_name,
        last_name=last_name,
        hours=hours,
        aal=aal,
        now=now,
    )
    return jwt.encode(claims, settings.SUPABASE_JWT_SECRET, "HS256")
