"""Two clients of the service: of its WSGI application in this process, and over HTTP on one persistent connection."""

import io
import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from wsgiref.types import WSGIApplication


class Request(NamedTuple):
    """A GET, or a POST if it has a body."""

    path: str
    token: str
    body: Mapping[str, Any] | None = None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


class Answer(NamedTuple):
    """A response: status and body."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client(Protocol):
    """Sends requests. `prepare` does what is not part of the measurement."""

    def prepare(self, request: Request) -> Any: ...

    def send(self, prepared: Any) -> Answer: ...


class InProcess:
    """Calls the WSGI application, as a server would."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._status = ""

    def prepare(self, request: Request) -> dict[str, Any]:
        path, _, query = request.path.partition("?")
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {request.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(request.content)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.content),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def send(self, prepared: dict[str, Any]) -> Answer:
        response = self._application(prepared, self._start)
        body = b"".join(response)
        response.close()  # type: ignore[attr-defined]  # Django's responses have it: it ends the request
        return Answer(int(self._status[:3]), body)

    def _start(self, status: str, headers: object, error: object = None) -> Any:
        self._status = status


class OverHttp:
    """A minimal HTTP client: prepared bytes out, bytes in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def prepare(self, request: Request) -> bytes:
        head = [
            f"{request.method} {request.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {request.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(request.content)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + request.content

    def send(self, prepared: bytes) -> Answer:
        """Return the response, which must have a Content-Length."""
        self._socket.sendall(prepared)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = bytes(received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(received) < end + 4 + length:
            received += self._receive()
        return Answer(int(head[9:12]), bytes(received[end + 4 :]))

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 18)
        if not received:
            raise SystemExit("The server closed the connection.")
        return received
