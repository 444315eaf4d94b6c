"""CELERY_BROKER_URL with rediss: who cannot prove to be the broker is told nothing."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from rag_app.tests.environments import PRODUCTION, read
from testing.certificates import own_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return own_certificate(tmp_path, now=dt.datetime.now(dt.UTC))


@contextlib.contextmanager
def broker(certificate: Path) -> Iterator[tuple[int, list[str]]]:
    """A port that agrees on TLS and hangs up; the list has what came of each connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # in which the client's opinion is a part of the handshake
    seen: list[str] = []

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                        seen.append("trusted")
                    except ssl.SSLError:
                        seen.append("refused")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def connect(url: str) -> None:
    """As Celery connects with the settings that the address leads to."""
    app = Celery(set_as_current=False)
    found = read(PRODUCTION | {"CELERY_BROKER_URL": url})
    app.conf.update(broker_url=found["CELERY_BROKER_URL"], broker_use_ssl=found["CELERY_BROKER_USE_SSL"])
    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=1, interval_start=0)


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ("", "refused"),
        ("?ssl_ca_certs={certificate}", "trusted"),
        ("?ssl_cert_reqs=none&ssl_check_hostname=false", "trusted"),
    ],
    ids=["no option", "an authority of your own", "asked not to look"],
)
def test_a_certificate_must_be_trusted_unless_the_address_says_otherwise(
    options: str, outcome: str, certificate: Path
) -> None:
    with broker(certificate) as (port, seen):
        with pytest.raises(Exception, match=r"."):  # it is no Redis
            connect(f"rediss://127.0.0.1:{port}/0{options.format(certificate=certificate)}")
        assert set(seen) == {outcome}


def test_other_brokers_are_left_as_they_are() -> None:
    assert read(PRODUCTION | {"CELERY_BROKER_URL": "redis://redis:6379/0"})["CELERY_BROKER_USE_SSL"] is False
    assert read(PRODUCTION)["CELERY_BROKER_USE_SSL"] is False
