"""rag_app.http.addresses: whose word is taken for where a request comes from."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from rag_app.http.addresses import client_address

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        (0, "203.0.113.7", None, "203.0.113.7"),
        (0, "203.0.113.7", "1.2.3.4", "203.0.113.7"),
        (1, PROXY, "203.0.113.7", "203.0.113.7"),
        (1, PROXY, "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (2, PROXY, "1.2.3.4, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, PROXY, "203.0.113.7", "203.0.113.7"),
        (1, PROXY, None, PROXY),
        (1, PROXY, "unknown", PROXY),
        (1, PROXY, "203.0.113.7, ", PROXY),
        (1, PROXY, "203.0.113.7,<script>", PROXY),
        (1, PROXY, "1.2.3.4:5, 203.0.113.7:51234", "203.0.113.7"),
        (1, PROXY, "[2001:db8:1:2::1]:443", "2001:db8:1:2::"),
        (1, PROXY, "2001:db8:1:2::1:443", "2001:db8:1:2::"),
        (1, PROXY, "[::ffff:203.0.113.7]:443", "203.0.113.7"),
        (1, PROXY, "203.0.113.7:port", PROXY),
        (1, PROXY, "203.0.113.7:1:2", PROXY),
        (1, PROXY, ":443", PROXY),
        (1, PROXY, "[]:443", PROXY),
        (1, "", "203.0.113.7", "203.0.113.7"),
        (0, "", "203.0.113.7", None),
        (0, "::1", None, "::"),
        (0, "2001:db8:1:2:aaaa:bbbb:cccc:dddd", None, "2001:db8:1:2::"),
        (0, "2001:DB8:1:2::1", None, "2001:db8:1:2::"),
        (0, "::ffff:203.0.113.7", None, "203.0.113.7"),
    ],
)
def test_the_address_is_the_one_that_our_first_proxy_saw(
    proxies: int, peer: str, forwarded: str | None, address: str | None, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address(request) == address
