"""calendars.fetching: what is fetched from addresses that somebody else chose."""

import datetime as dt
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from calendars import fetching
from calendars.fetching import Fetched, fetch
from calendars.tests.calendar_server import CalendarServer
from calendars.tests.fetch_parts import ADDRESS, refusal
from testing.certificates import own_certificate
from testing.dripping import dripping
from testing.internet import PUBLIC, Internet
from testing.loopback import serving

pytestmark = pytest.mark.usefixtures("http_allowed")

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


# --- What works ---


def test_a_calendar_is_fetched_from_the_address_that_was_checked(server: CalendarServer, internet: Internet) -> None:
    server.tell("/busy.ics?key=secret", BODY, ETag='"1"', Last_Modified="Fri, 10 Jan 2025 12:00:00 GMT")
    assert fetch(ADDRESS) == Fetched(BODY, '"1"', "Fri, 10 Jan 2025 12:00:00 GMT")
    assert internet.connected == [(PUBLIC, 80)]
    [(_, headers)] = server.asked
    assert headers["Host"] == "calendar.example.com"
    assert headers["Accept-Encoding"] == "identity"
    assert not {"If-None-Match", "If-Modified-Since", "Authorization", "Cookie"} & set(headers)


def test_an_unchanged_calendar_is_not_sent(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", status=304)
    assert fetch(ADDRESS, etag='"1"', last_modified="Fri, 10 Jan 2025 12:00:00 GMT") == Fetched(None)
    [(_, headers)] = server.asked
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "Fri, 10 Jan 2025 12:00:00 GMT")


@pytest.mark.parametrize("etag", ["x" * 201, "a\tb"])
def test_an_etag_that_cannot_be_sent_back_is_forgotten(etag: str, server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, ETag=etag)
    assert fetch(ADDRESS) == Fetched(BODY)


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
def test_an_unexpected_response_is_reported_as_a_sentence(status: int, sentence: str, server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", b"", status)
    assert refusal(ADDRESS) == sentence


def test_a_calendar_holds_at_most_five_megabytes(server: CalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 1000)
    server.tell("/busy.ics?key=secret", b" " * 1000)
    assert len(fetch(ADDRESS).content or b"") == 1000
    server.tell("/busy.ics?key=secret", b" " * 1001)
    assert refusal(ADDRESS) == "The calendar is larger than 5 MB."


def test_an_endless_response_is_aborted(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, flood=True) as flood:
        internet.put("calendar.example.com", flood.address)
        assert refusal(ADDRESS) == "The calendar is larger than 5 MB."
    assert flood.sent < 5 * 2**20 + 16 * 2**20, "more than the sockets' buffers hold"


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    ],
    ids=["chunks", "length", "body"],
)
def test_a_slow_response_is_aborted_at_the_deadline(
    start: bytes, again: bytes, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    with dripping(start, again) as drops:
        internet.put("calendar.example.com", drops.address)
        began = time.monotonic()
        assert refusal(ADDRESS) == "The calendar's server takes longer than 20 seconds."
        assert time.monotonic() - began < 5


def test_a_truncated_response_is_refused(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, Content_Length=str(len(BODY) + 10))
    assert refusal(ADDRESS) == "The connection to the calendar's server broke off."


def test_a_compressed_answer_is_refused(server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", BODY, Content_Encoding="gzip")
    assert "compressed form" in refusal(ADDRESS)


def test_an_unreachable_server_is_reported(server: CalendarServer, internet: Internet) -> None:
    internet.servers.clear()
    assert refusal(ADDRESS) == "The connection to the calendar's server broke off."


def test_no_sentence_contains_the_secret(server: CalendarServer) -> None:
    for status in (302, 404, 500):
        server.tell("/busy.ics?key=secret", b"secret", status, Location="http://secret.example/secret")
        assert "secret" not in refusal(ADDRESS)


def test_an_untrusted_certificate_is_reported(
    internet: Internet, server: CalendarServer, tmp_path: Path, settings: Settings
) -> None:
    settings.DEBUG = False
    certificate = own_certificate(tmp_path, now=dt.datetime.now(dt.UTC))
    with serving(server.handler(), certificate=certificate) as address:
        internet.put("calendar.example.com", address)
        assert refusal("https://calendar.example.com/") == "The certificate of the calendar's server is not valid."
    assert server.asked == []
