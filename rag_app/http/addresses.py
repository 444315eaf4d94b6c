"""The address that a request comes from: one answer for limits, for the admin's sign-in and for logs."""

import ipaddress
import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

# Azure's gateway notes the caller's port as well
# (azure.microsoft.com/blog/rewrite-http-headers-with-azure-application-gateway).
_WITH_PORT = re.compile(r"^(?:\[(.+)\]|([^:]+)):\d+$")


def client_address(request: HttpRequest) -> str | None:
    """The caller's address; None where there is none, as behind a Unix socket without TRUSTED_PROXIES.

    Of `X-Forwarded-For` only what our own proxies wrote is believed: with TRUSTED_PROXIES=n the n-th from the end,
    where the outermost of them noted who spoke to it. What stands before that, anybody may have made up.
    """
    address = request.META.get("REMOTE_ADDR") or None
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR") if settings.TRUSTED_PROXIES else None
    if not forwarded:
        return _subscriber(address) if address else None
    hops = forwarded.split(",")
    return _subscriber(hops[-min(settings.TRUSTED_PROXIES, len(hops))].strip()) or address


@lru_cache(maxsize=4096)
def _subscriber(text: str) -> str | None:
    """The address in its one spelling, without its port; None for what is none.

    Of IPv6 the first 64 bits: the rest is the subscriber's own to choose (RFC 6177), and so to change with each try.
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
