"""webhooks.sending: what is posted, and what each response or failure returns. Over real sockets."""

import datetime as dt
from pathlib import Path

import pytest

from testing.certificates import own_certificate
from testing.dripping import dripping
from testing.internet import Internet
from testing.webhook_receiver import Receiver, webhook_receiver
from webhooks import sending
from webhooks.sending import Answer, SendingFailedError, post


def send(address: str, *, allow_private: bool = True) -> Answer:
    return post(address, b"{}", {"webhook-id": "msg_1"}, allow_private=allow_private)


def test_the_body_and_the_headers_arrive(receiver: Receiver) -> None:
    assert send(f"{receiver.address}/hooks?school=1") == Answer(200)
    [taken] = receiver.taken
    assert (taken.path, taken.body, taken.headers["webhook-id"]) == ("/hooks?school=1", b"{}", "msg_1")


@pytest.mark.parametrize("status", [204, 400, 410, 500])
def test_any_status_is_returned(status: int, receiver: Receiver) -> None:
    receiver.status = status
    assert send(receiver.address).status == status


@pytest.mark.parametrize(("text", "seconds"), [("120", 120.0), ("soon", None), ("-1", None), ("9" * 7, None)])
def test_it_reads_retry_after(text: str, seconds: float | None, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": text}
    assert send(receiver.address) == Answer(429, seconds)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.address}/elsewhere"}
    assert send(receiver.address).status == 302
    assert [taken.path for taken in receiver.taken] == ["/"]


def test_an_endless_body_is_not_read(receiver: Receiver) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with dripping(head, b"x" * 65536, flood=True) as server:
        assert send(server.address).status == 200


def test_a_silent_endpoint_times_out(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    receiver.hangs = True
    with pytest.raises(SendingFailedError, match=r"^There was no answer within 0\.2 seconds\.$"):
        send(receiver.address)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/", "https://127.0.0.1:1/"])
def test_a_refused_connection_is_a_failure(address: str) -> None:
    with pytest.raises(SendingFailedError, match="ConnectionRefusedError"):
        send(address)


@pytest.mark.parametrize(("host", "reason"), [("nowhere.invalid", "gaierror"), ("a..example", "OSError")])
def test_an_unknown_host_name_is_a_failure(host: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Internet(monkeypatch)
    with pytest.raises(SendingFailedError, match=rf"^There was no answer \({reason}\)\.$"):
        send(f"https://{host}/")


def test_a_server_without_tls_receives_no_https_request(receiver: Receiver) -> None:
    with pytest.raises(SendingFailedError, match="SSLError"):
        send(receiver.address.replace("http:", "https:"))
    assert receiver.taken == []


def test_an_untrusted_certificate_is_refused(tmp_path: Path) -> None:
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
