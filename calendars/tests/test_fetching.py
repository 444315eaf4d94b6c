"""calendars.fetching: what is fetched from addresses that somebody else chose."""

import datetime as dt
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from calendars import fetching
from calendars.fetching import Fetched, FetchError, fetch
from calendars.tests.internet import OTHER, PUBLIC, CalendarServer, Internet
from testing.dripping import dripping

ADDRESS = "http://calendar.example.com/busy.ics?key=secret"
BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture(autouse=True)
def development(settings: Settings) -> None:
    """In which http is allowed."""
    settings.DEBUG = True


def refusal(address: str) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(address)
    return caught.value.sentence


# --- What works ---


def test_a_calendar_is_fetched_from_the_address_that_was_checked(server: CalendarServer, internet: Internet) -> None:
    server.tell("/busy.ics?key=secret", BODY, ETag='"1"', Last_Modified="Fri, 10 Jan 2025 12:00:00 GMT")
    assert fetch(ADDRESS) == Fetched(BODY, '"1"', "Fri, 10 Jan 2025 12:00:00 GMT")
    assert internet.connected == [(PUBLIC, 80)]
    [(_, headers)] = server.asked
    assert headers["Host"] == "calendar.example.com"
    assert headers["Accept-Encoding"] == "identity"
    assert not {"If-None-Match", "If-Modified-Since", "Authorization", "Cookie"} & set(headers)


def test_what_has_not_changed_is_not_sent(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", status=304)
    assert fetch(ADDRESS, etag='"1"', last_modified="Fri, 10 Jan 2025 12:00:00 GMT") == Fetched(None)
    [(_, headers)] = server.asked
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "Fri, 10 Jan 2025 12:00:00 GMT")


@pytest.mark.parametrize("etag", ["x" * 201, "a\tb"])
def test_an_etag_that_cannot_be_sent_back_is_forgotten(etag: str, server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, ETag=etag)
    assert fetch(ADDRESS) == Fetched(BODY)


def test_the_next_address_of_a_name_is_tried(server: CalendarServer, internet: Internet) -> None:
    server.tell("/busy.ics?key=secret", BODY)
    internet.names["calendar.example.com"] = [[OTHER, PUBLIC]]
    assert fetch(ADDRESS).content == BODY
    assert internet.connected == [(OTHER, 80), (PUBLIC, 80)]


def test_redirects_are_followed_three_times_and_each_is_resolved(server: CalendarServer, internet: Internet) -> None:
    internet.names["b.example.com"] = [[PUBLIC]]
    for number in range(3):
        server.tell(f"/{number}", status=302, Location=f"/{number + 1}")
    server.tell("/0", status=301, Location="http://b.example.com/1")
    server.tell("/3", BODY)
    assert fetch("http://calendar.example.com/0").content == BODY
    assert internet.resolved == ["calendar.example.com", *["b.example.com"] * 3]
    server.tell("/3", status=307, Location="/4")
    server.tell("/4", BODY)
    assert refusal("http://calendar.example.com/0") == "The address redirects more than 3 times."


# --- Answers ---


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "The calendar's server does not let us in (401)."),
        (403, "The calendar's server does not let us in (403)."),
        (404, "There is no calendar at this address (404)."),
        (410, "There is no calendar at this address (410)."),
        (204, "The calendar's server answers with an error (204)."),
        (302, "The calendar's server answers with an error (302)."),
        (500, "The calendar's server answers with an error (500)."),
    ],
)
def test_another_answer_is_told_in_words(status: int, sentence: str, server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", b"", status)
    assert refusal(ADDRESS) == sentence


def test_a_calendar_holds_at_most_five_megabytes(server: CalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1000)
    server.tell("/busy.ics?key=secret", b" " * 1000)
    assert len(fetch(ADDRESS).content or b"") == 1000
    server.tell("/busy.ics?key=secret", b" " * 1001)
    assert refusal(ADDRESS) == "The calendar is larger than 5 MB."


def test_an_endless_answer_is_read_no_further(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, flood=True) as flood:
        internet.put("calendar.example.com", flood.address)
        assert refusal(ADDRESS) == "The calendar is larger than 5 MB."
    assert flood.sent < 5 * 2**20 + 16 * 2**20, "more than the sockets' buffers hold"


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    ],
    ids=["headers", "chunks", "body"],
)
def test_an_answer_in_drops_ends_at_the_deadline(
    start: bytes, again: bytes, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    with dripping(start, again) as drops:
        internet.put("calendar.example.com", drops.address)
        began = time.monotonic()
        assert refusal(ADDRESS) == "The calendar's server takes longer than 20 seconds."
        assert time.monotonic() - began < 5


def test_a_name_server_that_hangs_ends_at_the_deadline(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10) and [])
    try:
        assert refusal(ADDRESS) == "The calendar's server takes longer than 20 seconds."
        assert internet.connected == []
    finally:
        over.set()


def test_an_answer_that_breaks_off_is_no_calendar(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, Content_Length=str(len(BODY) + 10))
    assert refusal(ADDRESS) == "The connection to the calendar's server broke off."


def test_a_compressed_answer_is_refused(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, Content_Encoding="gzip")
    assert "compressed form" in refusal(ADDRESS)


def test_an_unreachable_server_is_reported(server: CalendarServer, internet: Internet) -> None:
    internet.servers.clear()
    assert refusal(ADDRESS) == "The connection to the calendar's server broke off."


def test_no_sentence_tells_the_secret(server: CalendarServer) -> None:
    for status in (302, 404, 500):
        server.tell("/busy.ics?key=secret", b"secret", status, Location="http://secret.example/secret")
        assert "secret" not in refusal(ADDRESS)


# --- TLS ---


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The certificate of calendar.example.com, signed by itself, with its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("calendar.example.com")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, file = serialization.Encoding.PEM, tmp_path / "certificate.pem"
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(signed.public_bytes(encoding) + key.private_bytes(encoding, form, secret))
    return file


@pytest.fixture
def asked_for(certificate: Path, internet: Internet) -> Iterator[list[str | None]]:
    """The names that a TLS server behind two names was asked for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    pages = CalendarServer()
    pages.tell("/busy.ics", BODY)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages.handler()) as secure:
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        secure.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust it hangs up
        thread = threading.Thread(target=secure.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("calendar.example.com", "other.example.com"):
            internet.put(name, f"https://127.0.0.1:{secure.server_port}")
        yield names
        secure.shutdown()
        thread.join()


def test_the_host_itself_is_asked_for_and_proves_its_name(
    asked_for: list[str], certificate: Path, internet: Internet, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DEBUG = False
    assert refusal("https://calendar.example.com/busy.ics") == "The certificate of the calendar's server is not valid."
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    assert fetch("https://calendar.example.com/busy.ics").content == BODY
    assert refusal("https://other.example.com/busy.ics") == "The certificate of the calendar's server is not valid."
    assert asked_for == ["calendar.example.com", "calendar.example.com", "other.example.com"]
    assert internet.connected == [(PUBLIC, 443)] * 3
