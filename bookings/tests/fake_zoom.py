"""Zoom in place of `requests`, with every way of failing: before or after the effect, by an answer or by silence."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import requests
import responses
from django.db import connection

from testing.zoom_meetings import Meetings, operation_of

ADDRESS = re.compile(r"https://api\.zoom\.us/v2(/.*)")
REFUSED = {"code": 300, "message": "Validation Failed."}

Reply = tuple[int, dict[str, str], str | requests.RequestException]


class Failure(NamedTuple):
    """How a request fails: an answer, or an exception; `takes_effect`: only the answer is lost."""

    status: int = 500
    body: Any = REFUSED
    headers: dict[str, str] = {}
    error: requests.RequestException | None = None
    takes_effect: bool = False

    def reply(self) -> Reply:
        """Return the next response for the client."""
        return self.status, self.headers, self.error or json.dumps(self.body)


# Failures without effect, and those that may have taken effect.
CERTAIN = {
    "refused": Failure(status=400),
    "no such host": Failure(status=404, body={"code": 1001, "message": "User does not exist: me."}),
    "no scope": Failure(status=400, body={"code": 4711, "message": "Invalid access token, does not contain scopes."}),
    "bad credentials": Failure(status=401, body={"code": 124, "message": "Invalid access token."}),
    "too many": Failure(status=429, body={"code": 429, "message": "Too many requests"}, headers={"Retry-After": "900"}),
    "not reached": Failure(error=requests.ConnectTimeout()),
}
UNKNOWN = {
    "server error": Failure(status=500),
    "bad gateway": Failure(status=502, body="<html>Bad gateway</html>"),
    "silence": Failure(error=requests.ReadTimeout()),
    "broken connection": Failure(error=requests.ConnectionError()),
    "no id in the answer": Failure(status=201, body={"topic": "?"}),
    "a link to elsewhere": Failure(status=201, body={"id": 1, "join_url": "javascript:alert(1)"}),
}


class FakeZoom:
    """The part of Zoom's API that bookings use. `calls` has each request's method and path, in order."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.meetings = Meetings()
        self.calls: list[str] = []
        self.allows_transactions = True
        self._failures: dict[str, list[Failure]] = {}
        self._meanwhile: dict[str, Callable[[], object]] = {}
        for method in ("GET", "POST", "PATCH", "DELETE"):
            mock.add_callback(method, ADDRESS, callback=self._answer)

    def fail(self, method: str, *failures: Failure) -> None:
        """The next requests with this method fail like this, one after the other."""
        self._failures.setdefault(method, []).extend(failures)

    def meanwhile(self, method: str, act: Callable[[], object]) -> None:
        """While the next request with this method is under way, this happens."""
        self._meanwhile[method] = act

    def count(self, method: str) -> int:
        """How many requests with this method there were."""
        return sum(call.startswith(f"{method} ") for call in self.calls)

    def _answer(self, request: requests.PreparedRequest) -> Reply:
        found = ADDRESS.match(request.url or "")
        assert found is not None
        method, path = request.method or "", found[1].partition("?")[0]
        self.calls.append(f"{method} {path}")
        assert self.allows_transactions or not connection.in_atomic_block, "Zoom was called inside a transaction"
        self._meanwhile.pop(method, lambda: None)()
        failure = self._failures[method].pop(0) if self._failures.get(method) else None
        if failure and not failure.takes_effect:
            return failure.reply()
        reply = self._act(method, path, json.loads(request.body or "{}"))
        return failure.reply() if failure else reply

    def _act(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        operation = operation_of(method, names_meeting=path.startswith("/meetings/"))
        status, answer = self.meetings.answer(operation, path.rpartition("/")[2], body)
        return status, {}, "" if answer is None else json.dumps(answer)
