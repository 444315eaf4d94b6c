"""guarded_http.requests: no address, name or proxy leads into a private network, and TLS proves the host's name."""

import datetime as dt
import ssl
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import certifi
import pytest
from cryptography import x509

from guarded_http.errors import NoAnswerError, NoSuchNameError, PrivateAddressError
from guarded_http.tests.parts import ADDRESS, ask
from testing.certificates import own_certificate
from testing.internet import PUBLIC, Internet
from testing.loopback import Quiet
from testing.webhook_receiver import Receiver, webhook_receiver


def test_it_asks_the_address_that_was_checked_under_the_hosts_name(receiver: Receiver, internet: Internet) -> None:
    assert ask() == (200, b"thanks")
    [taken] = receiver.taken
    assert (taken.path, taken.body, taken.headers["host"]) == ("/path?key=1", b"{}", "host.example.com")
    assert not {"authorization", "cookie"} & set(taken.headers)
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize(("address", "path"), [("http://host.example.com", "/"), ("http://host.example.com?a", "/?a")])
def test_a_url_without_a_path_requests_the_root(address: str, path: str, receiver: Receiver) -> None:
    ask(address)
    assert receiver.taken[0].path == path


def test_a_non_default_port_is_in_the_host_header(receiver: Receiver, internet: Internet) -> None:
    ask("http://host.example.com:8080/")
    assert receiver.taken[0].headers["host"] == "host.example.com:8080"
    assert internet.connected == [(PUBLIC, 8080)]


def test_a_redirect_is_not_followed(receiver: Receiver, internet: Internet) -> None:
    receiver.status, receiver.headers = 302, {"Location": "http://host.example.com/elsewhere"}
    assert ask()[0] == 302
    assert len(receiver.taken) == 1


def test_proxies_of_the_environment_are_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook_receiver() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        assert ask() == (200, b"thanks")
        assert proxy.taken == []
    assert len(receiver.taken) == 1


# --- Where it leads ---


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", f"::ffff:{PUBLIC}", "fd00::1"])
def test_a_name_with_a_private_address_is_refused(inside: str, internet: Internet) -> None:
    internet.names["evil.example.com"] = [[inside]]
    with pytest.raises(PrivateAddressError):
        ask("http://evil.example.com/")
    assert internet.connected == []


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1"])
def test_a_name_with_one_private_address_is_refused(inside: str, receiver: Receiver, internet: Internet) -> None:
    for addresses in ([PUBLIC, inside], [inside, PUBLIC]):
        internet.names["evil.example.com"] = [addresses]
        with pytest.raises(PrivateAddressError):
            ask("http://evil.example.com/")
    assert internet.connected == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "0"),
        *("169.254.169.254", "2852039166", "0251.0376.0251.0376", "10.0.0.1", "167772161", "012.0.0.1"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:a00:1]", "[fe80::1]", "[fd00::1]"),
    ],
)
def test_a_private_address_is_refused_in_any_notation(host: str, internet: Internet) -> None:
    for address in (f"http://{host}/", f"https://{host}/", f"http://{host}:8000/"):
        with pytest.raises(PrivateAddressError):
            ask(address)
    assert internet.connected == []


def test_a_name_is_resolved_once_so_that_rebinding_has_no_effect(receiver: Receiver, internet: Internet) -> None:
    """The server answers on a port of 127.0.0.1; who resolved twice would reach it there."""
    internet.names["host.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    assert ask() == (200, b"thanks")
    assert internet.resolved == ["host.example.com"]
    assert internet.connected == [(PUBLIC, 80)]
    with pytest.raises(PrivateAddressError):
        ask()
    assert internet.connected == [(PUBLIC, 80)]


def test_a_caller_may_allow_private_addresses(receiver: Receiver, internet: Internet) -> None:
    internet.put("inner.example.com", receiver.address, "127.0.0.1")
    assert ask("http://inner.example.com/", allow_private=True) == (200, b"thanks")
    assert internet.connected == [("127.0.0.1", 80)]


def test_an_unknown_name_is_refused(internet: Internet) -> None:
    with pytest.raises(NoSuchNameError):
        ask("http://nowhere.example/")
    assert internet.connected == []


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX-Evil: 1"])
def test_a_path_cannot_inject_a_header(path: str, receiver: Receiver) -> None:
    with pytest.raises(NoAnswerError):
        ask(f"http://host.example.com{path}")
    assert receiver.taken == []


# --- TLS ---


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return own_certificate(tmp_path, now=dt.datetime.now(dt.UTC), host=x509.DNSName("host.example.com"))


class Page(Quiet):
    """Answers every POST with 204."""

    def do_POST(self) -> None:  # noqa: N802  # the name is http.server's
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def asked_for(certificate: Path, internet: Internet) -> Iterator[list[str | None]]:
    """The names that a TLS server behind two names was asked for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as secure:
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        secure.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust it hangs up
        thread = Thread(target=secure.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("host.example.com", "other.example.com"):
            internet.put(name, f"https://127.0.0.1:{secure.server_port}")
        yield names
        secure.shutdown()
        thread.join()


def refusal(address: str) -> Exception:
    with pytest.raises(NoAnswerError) as caught:
        ask(address)
    return caught.value.reason


def test_sni_and_certificate_are_for_the_hosts_own_name(
    asked_for: list[str], certificate: Path, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(refusal("https://host.example.com/"), ssl.SSLCertVerificationError)  # it is self-signed
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    assert ask("https://host.example.com/") == (204, b"")
    assert isinstance(refusal("https://other.example.com/"), ssl.SSLCertVerificationError)
    assert asked_for == ["host.example.com", "host.example.com", "other.example.com"]
    assert internet.connected == [(PUBLIC, 443)] * 3


def test_a_server_without_tls_receives_no_https_request(receiver: Receiver) -> None:
    assert isinstance(refusal(ADDRESS.replace("http:", "https:")), ssl.SSLError)
    assert receiver.taken == []
