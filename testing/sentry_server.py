"""Sentry on a port of this machine: keeps what it is sent (develop.sentry.dev/sdk/data-model/envelopes)."""

import contextlib
import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

from testing.loopback import Quiet, serving


class SentryServer:
    """`dsn` leads to it; `sent` has every envelope as it came, unpacked."""

    def __init__(self) -> None:
        self.dsn = ""
        self.sent: list[str] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        """The errors among what was sent. An envelope is a line about itself, then for each item two lines."""
        items: list[tuple[str, str]] = []
        for envelope in list(self.sent):
            _, *lines = envelope.splitlines()
            items += zip(lines[::2], lines[1::2], strict=True)
        return [json.loads(body) for head, body in items if json.loads(head)["type"] == "event"]


@contextlib.contextmanager
def sentry_server() -> Iterator[SentryServer]:
    """A running server on a free port of the loopback address."""
    sentry = SentryServer()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            sentry.sent.append((gzip.decompress(raw) if self.headers["Content-Encoding"] == "gzip" else raw).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(Handler) as address:
        sentry.dsn = f"{address.replace('//', '//publickey@')}/1"
        yield sentry
