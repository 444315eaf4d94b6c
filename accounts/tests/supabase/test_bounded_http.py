"""accounts.supabase.bounded_http: calls that end in time, and answers that fit in memory."""

import time

import httpx
import pytest

from accounts.supabase.bounded_http import BoundedClient, TooLarge
from accounts.tests.conftest import KeyServer
from testing.dripping import dripping
from testing.threads import timers

OK = b"HTTP/1.1 200 OK\r\n"
HEADER = b"X-Header: value\r\n"
ENDLESS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
LIMIT = 256 * 1024


def bounded(seconds: float = 5, wait: float | None = None) -> BoundedClient:
    return BoundedClient(seconds=seconds, wait=wait, most_bytes=LIMIT)


def test_it_reads_a_response(key_server: KeyServer) -> None:
    with bounded() as http:
        answers = [http.get(key_server.url), http.get(key_server.url)]
    assert [answer.json()["keys"][0]["kid"] for answer in answers] == ["first", "first"]
    assert answers[0].request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(("start", "again"), [(OK, HEADER), (ENDLESS, b"1\r\na\r\n")], ids=["headers", "body"])
def test_a_slow_response_is_aborted_at_the_deadline(start: bytes, again: bytes) -> None:
    with dripping(start, again) as server, bounded(seconds=0.3, wait=5) as http:
        began = time.monotonic()
        with pytest.raises(httpx.TransportError):
            http.get(server.address)
        assert time.monotonic() - began < 5


def test_all_calls_share_one_deadline(key_server: KeyServer) -> None:
    with dripping(OK, HEADER) as server, bounded(seconds=0.3) as http:
        assert http.get(key_server.url).status_code == 200
        with pytest.raises(httpx.TransportError):
            http.get(server.address)
        with pytest.raises(httpx.PoolTimeout):
            http.get(key_server.url)
    assert len(key_server.paths) == 1


def test_an_endless_response_is_read_up_to_the_limit() -> None:
    with dripping(ENDLESS, CHUNK, flood=True) as server, bounded() as http, pytest.raises(TooLarge):
        http.get(server.address)
    assert server.sent < LIMIT + 16 * 1024 * 1024, "more than the sockets' buffers hold"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_response_is_refused_unread(key_server: KeyServer, encoding: str) -> None:
    key_server.headers = {"Content-Encoding": encoding}
    with bounded() as http, pytest.raises(TooLarge):
        http.get(key_server.url)


def test_no_deadline_is_left_running(key_server: KeyServer) -> None:
    before = timers()
    with bounded() as http:
        http.get(key_server.url, headers={"Connection": "close"})
    assert timers() <= before
