"""A small internet: names, public addresses, and servers of this machine behind them."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


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
