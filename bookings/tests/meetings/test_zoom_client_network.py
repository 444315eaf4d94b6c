"""The client against a server on loopback that misbehaves as real ones do."""

import gzip
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR, socket

import pytest

from bookings.tests.zoom_parts import DETAILS, MEETING, zoom_client
from bookings.zoom_client import ZoomClient, ZoomRefused, ZoomUnavailable
from bookings.zoom_client.wire import Deadline

LIMIT, GENEROUS = 0.2, 10
# Less than what the server does takes, and enough for a busy machine.
SOON = 4
TOKEN_BODY = b'{"access_token": "t", "expires_in": 3599}'

Misbehaviour = Callable[[socket, threading.Event], None]


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def client_of(address: str, limit: float, *, has_token: bool) -> ZoomClient:
    client = zoom_client(base_url=f"{address}/v2", oauth_url=f"{address}/token", timeout_seconds=GENEROUS)
    if has_token:
        # The first request of a process takes longer than the limit, and so may any on a busy machine.
        client._tokens.token(Deadline(GENEROUS, time.monotonic))
    client._wire.timeout_seconds = limit
    return client


@contextmanager
def server(misbehave: Misbehaviour, limit: float = LIMIT, *, handshake: bool = False) -> Iterator[ZoomClient]:
    """Give out tokens; do to every other request what the test says, or to a TLS handshake."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if handshake:
                if not self.connection.recv(65_536):
                    return  # cut off before the handshake began
                self.connection.sendall(b"\x16\x03\x03\x40\x00\x02")
                misbehave(self.connection, over)
                return
            head = self.rfile.readline()
            length = 0
            while (line := self.rfile.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            self.rfile.read(length)
            if b"/token" in head:
                self.connection.sendall(http("200 OK", TOKEN_BODY, "Connection: close"))
            else:
                misbehave(self.connection, over)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        scheme = "https" if handshake else "http"
        address = f"{scheme}://127.0.0.1:{listener.server_address[1]}"
        client = client_of(address, limit, has_token=not handshake)
        try:
            yield client
        finally:
            over.set()
            client._wire.session.close()
            listener.shutdown()
            thread.join()


def hang(connection: socket, over: threading.Event) -> None:
    over.wait(5)


def drip(head: bytes) -> Misbehaviour:
    """After `head` a byte now and then, each well within a socket's timeout."""

    def misbehave(connection: socket, over: threading.Event) -> None:
        try:
            connection.sendall(head)
            while not over.wait(LIMIT / 4):
                connection.sendall(b" ")
        except OSError:
            return  # the client has hung up, as it should

    return misbehave


def stall(connection: socket, over: threading.Event) -> None:
    """Sends the head and half of the body just within the limit, then nothing."""
    over.wait(LIMIT * 0.8)
    connection.sendall(http("201 Created", b"x" * 10)[:-5])
    over.wait(5)


def reset(connection: socket, over: threading.Event) -> None:
    connection.shutdown(SHUT_RDWR)


def say(answer: bytes) -> Misbehaviour:
    def misbehave(connection: socket, over: threading.Event) -> None:
        try:
            connection.sendall(answer)
        except OSError:
            return  # the client need not read to the end

    return misbehave


LENGTH = b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n{"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{"
UNTIL_CLOSED = b"HTTP/1.0 201 Created\r\n\r\n{"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /token\r\nContent-Length: 1000\r\n\r\n{"
HUGE = http("201 Created", b'"' + b"x" * (1024 * 1024) + b'"')
BOMB = http("201 Created", gzip.compress(b" " * (64 * 1024 * 1024)), "Content-Encoding: gzip")


@pytest.mark.parametrize(
    "misbehave",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip(LENGTH), id="drips"),
        pytest.param(drip(CHUNKED), id="drips in a chunk"),
        pytest.param(drip(UNTIL_CLOSED), id="drips without a length"),
        pytest.param(drip(REDIRECT), id="drips while redirecting"),
        pytest.param(drip(b"HTTP/1.1 201 Created\r\nX-Header: "), id="drips in the headers"),
        pytest.param(drip(b""), id="drips before the status"),
        pytest.param(stall, id="stalls"),
        pytest.param(reset, id="resets"),
        pytest.param(say(http("201 Created", json.dumps(MEETING).encode())[:-10]), id="breaks off"),
        pytest.param(say(b"SMTP ready\r\n\r\n"), id="speaks another language"),
        pytest.param(say(HUGE), id="sends too much"),
        pytest.param(say(BOMB), id="sends a bomb"),
        pytest.param(say(http("201 Created", b"not gzip", "Content-Encoding: gzip")), id="sends broken gzip"),
    ],
)
def test_a_slow_create_times_out_with_unknown_outcome(misbehave: Misbehaviour) -> None:
    with server(misbehave) as client:
        began = time.monotonic()
        with pytest.raises(ZoomUnavailable) as caught:
            client.create_meeting("me", DETAILS)
        seconds = time.monotonic() - began
    assert caught.value.outcome_unknown
    assert caught.value.__context__ is None
    assert seconds < SOON


def test_a_slow_tls_handshake_times_out() -> None:
    """A record of a handshake that never becomes whole; the token is asked for first, and is not given."""
    with server(drip(b""), handshake=True) as client:
        began = time.monotonic()
        with pytest.raises(ZoomUnavailable):
            client.create_meeting("me", DETAILS)
        assert time.monotonic() - began < SOON


def test_a_name_that_takes_too_long_to_resolve_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("bookings.zoom_client.connection.socket.getaddrinfo", lambda *_, **__: over.wait(5))
    client = zoom_client(base_url="http://slow.example/v2", oauth_url="http://slow.example/t", timeout_seconds=LIMIT)
    began = time.monotonic()
    with pytest.raises(ZoomUnavailable, match="reached") as caught:
        client.create_meeting("me", DETAILS)
    assert not caught.value.outcome_unknown
    assert time.monotonic() - began < SOON
    over.set()


def test_a_connection_that_is_kept_is_not_cut_for_the_request_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several requests over one connection, the later ones after the time of the first is up."""
    answers = http("200 OK", json.dumps(MEETING).encode())

    def keep_answering(connection: socket, over: threading.Event) -> None:
        connection.sendall(answers)
        while connection.recv(65_536):
            connection.sendall(answers)

    with server(keep_answering, limit=LIMIT) as client:
        for _ in range(3):
            assert client.get_meeting("91234567890").id == "91234567890"
            threading.Event().wait(LIMIT)


def test_it_aborts_an_endless_body() -> None:
    part = b"x" * 65_536
    sent = [0]

    def endless(connection: socket, over: threading.Event) -> None:
        try:
            connection.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
            while not over.is_set():
                connection.sendall(part)
                sent[0] += len(part)
        except OSError:
            return  # the client has hung up, as it should

    with server(endless, limit=3) as client, pytest.raises(ZoomUnavailable):
        client.create_meeting("me", DETAILS)
    assert sent[0] < 32 * 1024 * 1024


def test_it_reads_a_compressed_answer() -> None:
    body = gzip.compress(json.dumps(MEETING).encode())
    with server(say(http("200 OK", body, "Content-Encoding: gzip")), GENEROUS) as client:
        assert client.get_meeting("91234567890").id == "91234567890"


def test_a_refusal_whose_body_breaks_off_may_not_be_zooms_own() -> None:
    cut = http("400 Bad Request", b'{"code": 300}')[:-3]
    with server(say(cut), GENEROUS) as client, pytest.raises(ZoomUnavailable) as caught:
        client.create_meeting("me", DETAILS)
    assert caught.value.outcome_unknown


def test_it_follows_no_redirect_and_keeps_no_cookie() -> None:
    answers = iter([http("302 Found", b"", "Location: /token"), http("400 Bad Request", b'{"code": 300}')])
    seen = []

    def misbehave(connection: socket, over: threading.Event) -> None:
        seen.append("asked")
        # It closes the connection after each answer; unsaid, the client might still use it again.
        headers = b"\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n"
        connection.sendall(next(answers).replace(b"\r\n\r\n", headers, 1))

    with server(misbehave, GENEROUS) as client:
        with pytest.raises(ZoomUnavailable):
            client.create_meeting("me", DETAILS)
        assert seen == ["asked"]
        with pytest.raises(ZoomRefused):
            client.create_meeting("me", DETAILS)
        assert len(client._wire.session.cookies) == 0


def test_a_refused_connection_has_no_unknown_outcome() -> None:
    with server(reset) as client:
        pass  # it has its token, and then the server is gone
    with pytest.raises(ZoomUnavailable, match="reached") as caught:
        client.create_meeting("me", DETAILS)
    assert not caught.value.outcome_unknown


def test_a_name_that_does_not_resolve_was_sent_nothing() -> None:
    client = zoom_client(
        base_url="http://zoom.invalid/v2", oauth_url="http://zoom.invalid/token", timeout_seconds=LIMIT
    )
    with pytest.raises(ZoomUnavailable) as caught:
        client.create_meeting("me", DETAILS)
    assert not caught.value.outcome_unknown
