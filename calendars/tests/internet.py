"""A small internet for the tests of fetching: names, public addresses, and servers of this machine behind them."""

import socket
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import pytest

from testing.loopback import Quiet

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

Answers = dict[str, tuple[int, dict[str, str], bytes]]


class Internet:
    """What each name resolves to, one list of addresses after the other, and what is found at each address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.servers: dict[str, int] = {}
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "create_connection", self._open)
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def put(self, name: str, server: str, *addresses: str) -> None:
        """Have the name lead to these addresses (default: a public one), all of this server."""
        self.names[name] = [list(addresses or [PUBLIC])]
        for address in addresses or [PUBLIC]:
            self.servers[address] = urlsplit(server).port or 0

    def _look_up(self, host: str, port: int, **options: Any) -> list[Any]:
        self.resolved.append(host)
        if host not in self.names:
            # Numbers are resolved as ever, other names nowhere.
            return self._resolve(host, port, flags=0 if _is_number(host) else socket.AI_NUMERICHOST, **options)
        answers = self.names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(0, 0, 0, "", (address, port)) for address in found]

    def _open(self, target: tuple[str, int], timeout: float) -> socket.socket:
        self.connected.append(target)
        if target[0] not in self.servers:
            raise ConnectionRefusedError
        connection = socket.socket()
        connection.settimeout(timeout)
        connection.connect(("127.0.0.1", self.servers[target[0]]))
        return connection


def _is_number(host: str) -> bool:
    return host.replace(".", "").replace("x", "").isalnum() and host[0].isdigit()


class CalendarServer:
    """Answers each path as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def tell(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802  # the name is http.server's
                server.asked.append((self.path, dict(self.headers)))
                status, headers, body = server.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler
