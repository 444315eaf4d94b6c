"""Zoom on a port of this machine: real sockets, every call on record, and every way of failing at a switch.

The part of the API that `bookings.zoom_client` uses (developers.zoom.us/docs/api/meetings), for what no mock can show:
connections that break, answers that never come, and callers that die while they wait.
"""

import contextlib
import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from testing.loopback import Quiet, serving
from testing.zoom_meetings import Meetings, operation_of

PATIENCE_SECONDS = 30
OPERATIONS = ("token", "create", "list", "get", "update", "delete")


class Reply(NamedTuple):
    """An answer: JSON, or a text as it is."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}

    @property
    def content(self) -> bytes:
        """What goes over the wire."""
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Fault(NamedTuple):
    """How a request fails. `reply`: what is answered, None: the connection is dropped.

    `takes_effect`: the work is done all the same. `hangs`: all this only after `recover`, when the caller has given
    up, or after so many `seconds`. `drips`: instead of that a header, a byte at a time, without end.
    """

    reply: Reply | None = None
    takes_effect: bool = False
    hangs: bool = False
    drips: bool = False
    seconds: float = PATIENCE_SECONDS


DRIPPING = Reply(201)


class Call(NamedTuple):
    """A request that came in: the operation, the meeting's number or the host, and the token that it carried."""

    operation: str
    target: str
    token: str


class Hold:
    """Stops requests at a point: `reached` tells that one is there, `release` lets all go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._released = threading.Event()

    def __call__(self) -> None:
        """Run at this point of a request."""
        self.reached.set()
        self._released.wait(PATIENCE_SECONDS)

    def release(self) -> None:
        """Let them continue, now and in future."""
        self._released.set()


class ZoomServer:
    """The meetings at `address`, by number, and the `calls`, in order. `before` and `after` have what happens around
    the work of an operation, outside any lock. `most_at_once`: how many callers waited at the same moment.
    """

    def __init__(self) -> None:
        self.meetings = Meetings()
        self.calls: list[Call] = []
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}
        self.address = ""
        self._tokens: set[str] = set()
        self.most_at_once = 0
        self._fault: Callable[[Call], Fault | None] = _no_fault
        self._working = threading.Event()
        self._lock = threading.Lock()
        self._idle = threading.Condition()
        self._callers: set[socket.socket] = set()

    @property
    def environment(self) -> dict[str, str]:
        """The settings that lead to this server."""
        return {
            "ZOOM_API_KEY": "a-client-id",
            "ZOOM_API_SECRET": "a-client-secret-of-more-than-32-characters",
            "ZOOM_ACCOUNT_ID": "an-account",
            "ZOOM_API_BASE_URL": f"{self.address}/v2",
            "ZOOM_OAUTH_URL": f"{self.address}/oauth/token",
        }

    def fail(self, fault: Fault, *operations: str) -> None:
        """From now on requests for these operations fail like this, until `recover`."""
        self.fail_by(lambda call: fault if call.operation in operations else None)

    def fail_by(self, choose: Callable[[Call], Fault | None]) -> None:
        """From now on each request fails as `choose` says (None: it works), until `recover`."""
        self._working.clear()
        self._fault = choose

    def recover(self) -> None:
        """Stop failing. Returns when all earlier requests have ended."""
        self._fault = _no_fault
        self._working.set()
        with self._idle:
            assert self._idle.wait_for(lambda: not self._callers, PATIENCE_SECONDS), "A request does not end."

    def has_recovered(self, *, seconds: float) -> bool:
        """Wait up to `seconds` for `recover`. Return whether it was called."""
        return self._working.wait(seconds)

    def forget_tokens(self) -> None:
        """Expire all issued tokens."""
        self._tokens.clear()

    def forget(self) -> None:
        """Delete all meetings and recorded calls."""
        self.meetings.clear()
        self.calls.clear()
        self.most_at_once = 0

    def waiting(self) -> int:
        """Return how many callers wait for a response. A dead one does not: its connection is closed."""
        with self._idle:
            return sum(not _has_hung_up(caller) for caller in self._callers)

    def count(self, operation: str) -> int:
        """How many requests for this operation there were."""
        return sum(call.operation == operation for call in self.calls)

    def answer(self, call: Call, body: dict[str, Any]) -> Reply | None:
        """Return the response to this request; None: never respond."""
        with self._lock:
            self.calls.append(call)
            fault = self._fault(call)
        if fault and fault.drips:
            return DRIPPING
        if fault and fault.hangs:
            self._working.wait(fault.seconds)
        if fault and not fault.takes_effect:
            return fault.reply
        self.before.get(call.operation, lambda: None)()
        with self._lock:
            reply = self._act(call, body)
        self.after.get(call.operation, lambda: None)()
        # A request that is refused has no effect whose answer could be lost.
        return fault.reply if fault and reply.status < 400 else reply

    @contextlib.contextmanager
    def answering(self, caller: socket.socket) -> Iterator[None]:
        """While this caller waits for an answer."""
        with self._idle:
            self._callers.add(caller)
            self.most_at_once = max(self.most_at_once, self.waiting())
        try:
            yield
        finally:
            with self._idle:
                self._callers.remove(caller)
                self._idle.notify_all()

    def _act(self, call: Call, body: dict[str, Any]) -> Reply:
        if call.operation == "token":
            token = uuid.uuid4().hex
            self._tokens.add(token)
            return Reply(200, {"access_token": token, "token_type": "bearer", "expires_in": 3599})
        if call.token not in self._tokens:
            return Reply(401, {"code": 124, "message": "Access token is expired."})
        return Reply(*self.meetings.answer(call.operation, call.target, body))


def _no_fault(call: Call) -> Fault | None:
    return None


def _has_hung_up(caller: socket.socket) -> bool:
    try:
        return caller.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _call(method: str, url: str, authorization: str) -> Call:
    _, _, token = authorization.partition(" ")
    match urlsplit(url).path.strip("/").split("/"):
        case ["oauth", "token"]:
            return Call("token", "", "")
        case ["v2", "users", host, "meetings"]:
            return Call(operation_of(method, names_meeting=False), host, token)
        case ["v2", "meetings", number]:
            return Call(operation_of(method, names_meeting=True), number, token)
    raise ValueError(f"Zoom has no {method} {url}.")


class _Handler(Quiet, BaseHTTPRequestHandler):
    zoom: ZoomServer

    def serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in self.headers.get("Content-Type", "")
        body = json.loads(raw) if is_json and raw else parse_qs(raw.decode())
        call = _call(self.command, self.path, self.headers.get("Authorization", ""))
        with self.zoom.answering(self.connection):
            reply = self.zoom.answer(call, body)
            with contextlib.suppress(OSError):  # the caller has given up, or is dead
                self._reply(reply)

    def _reply(self, reply: Reply | None) -> None:
        if reply is DRIPPING:
            self._drip()
        elif reply is None:
            self._drop()
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        self.wfile.write(reply.content)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Drop: ")
        while not self.zoom.has_recovered(seconds=0.2):
            self.wfile.write(b".")
        self._drop()

    def _drop(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def zoom_server() -> Iterator[ZoomServer]:
    """A running server on a free port of the loopback address."""
    zoom = ZoomServer()
    methods = {f"do_{method}": _Handler.serve for method in ("GET", "POST", "PATCH", "DELETE")}
    with serving(type("Handler", (_Handler,), {"zoom": zoom, **methods})) as zoom.address:
        try:
            yield zoom
        finally:
            zoom.recover()
