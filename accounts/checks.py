"""System checks about sign-in."""

from typing import Any

from django.conf import settings
from django.core import checks

# HS256 needs a key at least as long as its hash: RFC 7518, 3.2.
MIN_SECRET_BYTES = 32


@checks.register(checks.Tags.security)
def check_shared_secret(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn if the shared secret, which can also sign, is accepted beside public keys."""
    if not (settings.SUPABASE_URL and settings.SUPABASE_JWT_SECRET):
        return []
    return [
        checks.Warning(
            "Tokens signed with the shared SUPABASE_JWT_SECRET are accepted beside Supabase's signing keys.",
            hint="Move the project to asymmetric signing keys, then unset SUPABASE_JWT_SECRET: it lets "
            "its holder sign in as anybody. See supabase.com/docs/guides/auth/signing-keys",
            id="accounts.W001",
        )
    ]


@checks.register(checks.Tags.security)
def check_admin_sign_in(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn if teachers cannot sign in to the admin, except in development."""
    if settings.DEBUG or (settings.SUPABASE_URL and settings.SUPABASE_ANON_KEY):
        return []
    return [
        checks.Warning(
            "Teachers cannot sign in to the admin.",
            hint="Set SUPABASE_URL and SUPABASE_ANON_KEY; superusers can sign in with a password of this site.",
            id="accounts.W002",
        )
    ]


@checks.register(checks.Tags.security)
def check_secret_length(**kwargs: Any) -> list[checks.CheckMessage]:
    """Warn if the secret is too short for any token to be accepted."""
    if not settings.SUPABASE_JWT_SECRET or len(settings.SUPABASE_JWT_SECRET.encode()) >= MIN_SECRET_BYTES:
        return []
    return [
        checks.Warning(
            f"SUPABASE_JWT_SECRET is shorter than {MIN_SECRET_BYTES} bytes: tokens signed with it are refused.",
            hint="Copy it whole from Supabase's settings.",
            id="accounts.W003",
        )
    ]
