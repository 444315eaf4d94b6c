"""guarded_http.deadline: every kind of waiting ends at the deadline."""

import socket
import time

import pytest

from guarded_http.deadline import Deadline
from guarded_http.errors import NoAnswerError, TooSlowError
from guarded_http.tests.parts import ask
from testing.dripping import dripping
from testing.internet import OTHER, PUBLIC, Internet
from testing.threads import timers
from testing.webhook_receiver import Receiver

THIRD = "93.184.215.15"


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    ],
    ids=["headers", "chunks", "length", "body"],
)
def test_a_slow_response_is_aborted_in_time(start: bytes, again: bytes, internet: Internet) -> None:
    with dripping(start, again) as drops:
        internet.put("host.example.com", drops.address)
        began = time.monotonic()
        with pytest.raises(TooSlowError):
            ask(seconds=0.3)
        assert time.monotonic() - began < 5


def test_a_silent_server_is_abandoned_in_time_and_leaves_no_thread(receiver: Receiver) -> None:
    receiver.hangs, before = True, timers()
    with pytest.raises(TooSlowError):
        ask(seconds=0.2)
    assert len(receiver.taken) == 1
    assert timers() <= before


def test_a_hanging_tls_handshake_is_aborted_in_time(internet: Internet) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        internet.put("host.example.com", f"https://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(TooSlowError):
            ask("https://host.example.com/", seconds=0.2)
        assert time.monotonic() - began < 5


def test_the_next_address_of_a_name_is_tried(receiver: Receiver, internet: Internet) -> None:
    internet.names["host.example.com"] = [[OTHER, PUBLIC]]
    assert ask() == (200, b"thanks")
    assert internet.connected == [(OTHER, 80), (PUBLIC, 80)]


def test_if_no_address_answers_the_last_failure_is_the_reason(internet: Internet) -> None:
    internet.names["host.example.com"] = [[OTHER, PUBLIC]]
    with pytest.raises(NoAnswerError) as caught:
        ask()
    assert isinstance(caught.value.reason, ConnectionRefusedError)
    assert internet.connected == [(OTHER, 80), (PUBLIC, 80)]


def test_unresponsive_addresses_leave_time_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def never(address: tuple[str, int], timeout: float) -> socket.socket:
        waits.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", never)
    with Deadline(90) as deadline, pytest.raises(TimeoutError):
        deadline.connect([OTHER, PUBLIC, THIRD], 80)
    assert waits == pytest.approx([30, 45, 90], abs=10)


def test_an_address_that_answers_has_all_the_time(receiver: Receiver, internet: Internet) -> None:
    with Deadline(20) as deadline, deadline.connect([PUBLIC, OTHER], 80) as connection:
        assert connection.gettimeout() == 20


def test_an_address_that_does_not_answer_at_all_is_too_slow(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(address: tuple[str, int], timeout: float) -> socket.socket:
        raise TimeoutError

    internet.names["host.example.com"] = [[PUBLIC]]
    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(TooSlowError):
        ask()


def test_nothing_is_connected_after_the_deadline(receiver: Receiver, internet: Internet) -> None:
    with pytest.raises(TooSlowError):
        ask(seconds=0)
    assert internet.connected == []
