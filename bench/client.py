"""The least that can speak HTTP: prepared bytes out, bytes in, one connection. The clock runs for little else."""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """A status, and what came with it."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def request(path: str, token: str, body: Mapping[str, Any] | None = None) -> bytes:
    """A GET, or with a body a POST, as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    )
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, wish: bytes) -> Answer:
        """The answer, which must give its length."""
        self._socket.sendall(wish)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = bytes(received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(received) < end + 4 + length:
            received += self._receive()
        return Answer(int(head[9:12]), bytes(received[end + 4 :]))

    def seconds(self, wish: bytes, status: int) -> float:
        """How long the answer took. Any other status ends the run."""
        begun = time.perf_counter()
        answer = self.send(wish)
        taken = time.perf_counter() - begun
        if answer.status != status:
            raise SystemExit(f"Answered {answer.status} instead of {status}: {answer.body[:500]!r}")
        return taken

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 18)
        if not received:
            raise SystemExit("The server closed the connection.")
        return received
