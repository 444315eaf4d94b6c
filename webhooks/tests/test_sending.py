"""webhooks.sending: only to the public internet, in time, and whatever the other side does. Over real sockets."""

import datetime as dt
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from testing.certificates import own_certificate
from testing.dripping import dripping
from testing.webhook_receiver import Receiver, webhook_receiver
from webhooks import sending
from webhooks.sending import Answer, SendingFailedError, is_public, post


def send(address: str, *, allow_private: bool = True) -> Answer:
    return post(address, b"{}", {"webhook-id": "msg_1"}, allow_private=allow_private)


def test_the_body_and_the_headers_arrive(receiver: Receiver) -> None:
    assert send(f"{receiver.address}/hooks?school=1") == Answer(200)
    [taken] = receiver.taken
    assert (taken.path, taken.body, taken.headers["webhook-id"]) == ("/hooks?school=1", b"{}", "msg_1")


@pytest.mark.parametrize("status", [204, 400, 410, 500])
def test_any_status_is_an_answer(status: int, receiver: Receiver) -> None:
    receiver.status = status
    assert send(receiver.address).status == status


@pytest.mark.parametrize(("text", "seconds"), [("120", 120.0), ("soon", None), ("-1", None), ("9" * 7, None)])
def test_it_reads_when_to_come_again(text: str, seconds: float | None, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": text}
    assert send(receiver.address) == Answer(429, seconds)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.address}/elsewhere"}
    assert send(receiver.address).status == 302
    assert [taken.path for taken in receiver.taken] == ["/"]


def test_a_body_without_end_is_not_read(receiver: Receiver) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with dripping(head, b"x" * 65536, flood=True) as server:
        assert send(server.address).status == 200


def test_who_does_not_answer_is_left_in_time(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    receiver.hangs, threads = True, threading.active_count()
    with pytest.raises(SendingFailedError, match=r"^There was no answer within 0\.2 seconds\.$"):
        send(receiver.address)
    assert len(receiver.taken) == 1
    # The server's own, which still hangs.
    assert threading.active_count() <= threads + 1


def test_a_head_that_drips_ends_in_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with (
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-Header: x\r\n") as server,
        pytest.raises(SendingFailedError, match=r"within 0\.3 seconds"),
    ):
        send(server.address)


def test_a_name_that_is_not_resolved_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.1)
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(5) and [])
    with pytest.raises(SendingFailedError, match=r"within 0\.1 seconds"):
        send("https://hooks.example.com/")
    release.set()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "https://127.0.0.1:1/"])
def test_nobody_listens(address: str) -> None:
    with pytest.raises(SendingFailedError, match="ConnectionRefusedError"):
        send(address)


def test_a_server_without_tls_gets_nothing_over_https(receiver: Receiver) -> None:
    with pytest.raises(SendingFailedError, match="SSLError"):
        send(receiver.address.replace("http:", "https:"))
    assert receiver.taken == []


def test_over_tls_the_name_must_be_the_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = own_certificate(tmp_path, now=dt.datetime.now(dt.UTC))
    monkeypatch.setattr("certifi.where", lambda: str(certificate))
    with webhook_receiver(certificate=certificate) as receiver:
        assert send(f"{receiver.address}/hooks").status == 200
        assert receiver.taken[0].headers["host"] == receiver.address.removeprefix("https://")
        with pytest.raises(SendingFailedError, match="SSLCertVerificationError"):
            send(receiver.address.replace("127.0.0.1", "localhost"))
    assert len(receiver.taken) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with (
        webhook_receiver(certificate=own_certificate(tmp_path, now=dt.datetime.now(dt.UTC))) as receiver,
        pytest.raises(SendingFailedError, match="SSLCertVerificationError"),
    ):
        send(receiver.address)
    assert receiver.taken == []


def test_a_private_address_is_refused_and_not_even_connected_to(receiver: Receiver) -> None:
    for address in (receiver.address, receiver.address.replace("127.0.0.1", "localhost")):
        with pytest.raises(SendingFailedError, match=r"^The address leads into a private network\.$"):
            send(address, allow_private=False)
    assert receiver.taken == []


def test_a_name_with_one_private_address_is_refused(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, port)) for address in ("93.184.215.14", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(SendingFailedError, match="private network"):
        send(receiver.address, allow_private=False)


def test_the_next_address_of_a_name_is_tried(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_resolve", lambda *_: ["127.0.0.2", "127.0.0.1"])
    connect = socket.create_connection

    def refusing(address: tuple[str, int], timeout: float) -> socket.socket:
        if address[0] == "127.0.0.2":
            raise ConnectionRefusedError
        return connect(address, timeout)

    monkeypatch.setattr(socket, "create_connection", refusing)
    assert send(receiver.address).status == 200


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_what_is_not_of_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_what_is_of_the_public_internet(address: str) -> None:
    assert is_public(address)
