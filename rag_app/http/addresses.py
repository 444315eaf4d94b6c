"""The client's address, for rate limits, the admin's sign-in and the logs."""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

# Azure's gateway adds the caller's port
# (azure.microsoft.com/blog/rewrite-http-headers-with-azure-application-gateway).
_WITH_PORT = re.compile(r"^(?:\[(.+)\]|([^:]+)):\d+$")


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address, or None if there is none (a Unix socket without TRUSTED_PROXIES).

    Only entries of `X-Forwarded-For` that our own proxies added are trusted: with TRUSTED_PROXIES=n, the n-th from the
    end, which the outermost proxy added. Clients can forge everything before it.
    """
    address = request.META.get("REMOTE_ADDR") or None
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR") if settings.TRUSTED_PROXIES else None
    if not forwarded:
        return _subscriber(address) if address else None
    hops = forwarded.split(",")
    return _subscriber(hops[-min(settings.TRUSTED_PROXIES, len(hops))].strip()) or address


@lru_cache(maxsize=4096)
def _subscriber(text: str) -> str | None:
    """Return the address in canonical form without its port, or None if it is malformed.

    IPv6 addresses are reduced to their /64 prefix: subscribers choose the rest freely (RFC 6177).
    """
    try:
        address = ipaddress.ip_address(_WITH_PORT.sub(r"\1\2", text))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
