"""A receiver of webhooks on a port of this machine: it keeps what it is sent, and answers as it is told to."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple

from testing.loopback import Quiet, serving

PATIENCE_SECONDS = 30


class Taken(NamedTuple):
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """What came to `address`, in order. It answers with `status` and `headers`; while it `hangs`, not at all.

    The request with the number `hold_at` gets no answer either, and sets `held`.
    """

    def __init__(self) -> None:
        self.address = ""
        self.taken: list[Taken] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"thanks"
        self.hangs = False
        self.hold_at = 0
        self.held = threading.Event()
        self.over = threading.Event()


@contextlib.contextmanager
def webhook_receiver(*, certificate: Path | None = None) -> Iterator[Receiver]:
    """A running receiver; with a certificate, over TLS."""
    receiver = Receiver()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.taken.append(Taken(self.path, headers, body))
            is_held = len(receiver.taken) == receiver.hold_at
            if is_held:
                receiver.held.set()
            if is_held or receiver.hangs:
                receiver.over.wait(PATIENCE_SECONDS)
                return
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # nobody reads the body
                self.wfile.write(receiver.body)

        def do_GET(self) -> None:
            """What a redirect that is followed would ask for."""
            receiver.taken.append(Taken(self.path, {}, b""))
            self.send_response(200)
            self.end_headers()

    with serving(Handler, certificate=certificate) as receiver.address:
        try:
            yield receiver
        finally:
            receiver.over.set()
