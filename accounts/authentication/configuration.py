"""Read settings of a Supabase project. Raises ImproperlyConfigured."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

NO_ISSUER = "none"


def issuers(words: Iterable[str]) -> list[str | None]:
    """Return the values of `iss` to accept; None, for the word `none`, accepts tokens without it."""
    return [None if word.lower() == NO_ISSUER else word for word in words]


def safe_address(url: str, *, allow_http: bool) -> str:
    """Return the project's address unless its keys and passwords would cross the network in plain text."""
    parts = urlsplit(url)
    if url and parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname or ""):
        raise ImproperlyConfigured(
            "SUPABASE_URL must start with https://, because passwords and signing keys travel there. Where the network "
            "in between is your own, such as a container's, set SUPABASE_ALLOW_HTTP=true."
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
