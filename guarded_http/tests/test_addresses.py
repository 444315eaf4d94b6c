"""guarded_http.addresses: resolving with a deadline, and which addresses are public."""

import socket
import threading
import time

import pytest

from guarded_http.addresses import is_public, resolve
from guarded_http.deadline import Deadline
from guarded_http.errors import NoSuchNameError, TooSlowError
from testing.internet import OTHER, PUBLIC, Internet


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1"),  # noqa: S104
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1"),
        *("ff02::1", "ff0e::1", "::127.0.0.1", "4000::1"),
    ],
)
def test_private_and_reserved_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", PUBLIC])
@pytest.mark.parametrize("form", ["::ffff:{}", "64:ff9b::{}", "64:ff9b:1::{}", "2001:0:53aa:64c::{}"])
def test_addresses_that_wrap_an_ipv4_one_are_not_public(form: str, inner: str) -> None:
    assert not is_public(form.format(inner))


@pytest.mark.parametrize("address", ["2002:7f00:1::", "2002:a00:1::1", "2002:5db8:d70e::1"])
def test_6to4_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, OTHER, "8.8.8.8", "2001:4860:4860::8888"])
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


def found(host: str, *, seconds: float = 20) -> list[str]:
    with Deadline(seconds) as deadline:
        return resolve(host, 443, deadline)


def test_a_name_is_resolved_in_order_and_without_duplicates(internet: Internet) -> None:
    internet.names["host.example.com"] = [[OTHER, PUBLIC, OTHER]]
    assert found("host.example.com") == [OTHER, PUBLIC]


@pytest.mark.parametrize(
    ("host", "reason"),
    [("nowhere.example", socket.gaierror), ("a..example", OSError), ("a" * 64 + ".example", OSError)],
)
def test_an_unknown_name_is_refused(host: str, reason: type[OSError], internet: Internet) -> None:
    with pytest.raises(NoSuchNameError) as caught:
        found(host)
    assert type(caught.value.reason) is reason


def test_a_hanging_resolver_is_abandoned_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10) and [])
    began = time.monotonic()
    try:
        with pytest.raises(TooSlowError):
            found("host.example.com", seconds=0.2)
        assert time.monotonic() - began < 5
    finally:
        over.set()
