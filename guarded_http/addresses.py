"""Resolve names with a deadline, and tell public IP addresses from all others."""

import ipaddress
import socket
import threading
from concurrent.futures import Future

from guarded_http.deadline import Deadline
from guarded_http.errors import NoSuchNameError, TooSlowError

# IPv6 addresses that wrap an IPv4 one, which may be private. Public servers need none of them.
WRAPPING = [
    ipaddress.ip_network("::ffff:0:0/96"),  # mapped, RFC 4291
    ipaddress.ip_network("2002::/16"),  # 6to4, RFC 3056
    ipaddress.ip_network("2001::/32"),  # Teredo, RFC 4380
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64, RFC 6052
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 of a private network, RFC 8215
]
SITE_LOCAL = ipaddress.ip_network("fec0::/10")  # private, deprecated by RFC 3879


def is_public(text: str) -> bool:
    """Return True for a public IP address. IPv6 addresses that wrap an IPv4 one are never public."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if any(address in network for network in (*WRAPPING, SITE_LOCAL)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def resolve(host: str, port: int, deadline: Deadline) -> list[str]:
    """Return the IP addresses of the name, best first. Raises NoSuchNameError and TooSlowError."""
    found: Future[list[str]] = Future()
    # In a thread: a hanging resolver cannot be interrupted, only abandoned.
    threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    try:
        return found.result(deadline.seconds_left())
    except TimeoutError as error:
        raise TooSlowError from error
    except OSError as error:
        raise NoSuchNameError(error) from error


def _look_up(host: str, port: int, found: Future[list[str]]) -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))
    except OSError as error:
        found.set_exception(error)
    except UnicodeError:  # a label of it is empty or too long
        found.set_exception(OSError("This is no name."))
