"""Zoom's meetings in memory, with every way of failing: before or after the effect, by an answer or by silence."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import requests
import responses
from django.db import connection

ADDRESS = re.compile(r"https://api\.zoom\.us/v2(/.*)")
REFUSED = {"code": 300, "message": "Validation Failed."}
GONE = {"code": 3001, "message": "Meeting does not exist."}

Reply = tuple[int, dict[str, str], str | requests.RequestException]


class Failure(NamedTuple):
    """How a request fails: an answer, or an exception; `takes_effect`: only the answer is lost."""

    status: int = 500
    body: Any = REFUSED
    headers: dict[str, str] = {}
    error: requests.RequestException | None = None
    takes_effect: bool = False

    def reply(self) -> Reply:
        """What the client meets."""
        return self.status, self.headers, self.error or json.dumps(self.body)


# What is certain not to have happened, and what may have.
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
        self.meetings: dict[int, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.allows_transactions = True
        self._next_number: int | None = None
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

    def made(self, *, agenda: str, topic: str = "By hand") -> int:
        """A meeting that is simply there: its number."""
        return self._create({"agenda": agenda, "topic": topic, "start_time": "2025-01-15T10:00:00Z", "duration": 60})

    def number_next(self, number: int) -> None:
        """Give this number to the next meeting, whatever meeting has it already."""
        self._next_number = number

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
        if path.startswith("/users/"):
            found = self.meetings[self._create(body)] if method == "POST" else self._list()
            return 201 if method == "POST" else 200, {}, json.dumps(found)
        number = int(path.rpartition("/")[2])
        if number not in self.meetings:
            return 404, {}, json.dumps(GONE)
        if method == "GET":
            return 200, {}, json.dumps(self.meetings[number])
        if method == "DELETE":
            del self.meetings[number]
        else:
            self.meetings[number] |= body
        return 204, {}, ""

    def _create(self, body: dict[str, Any]) -> int:
        number = self._next_number or 91_000_000_000 + len(self.calls) * 10 + len(self.meetings)
        self._next_number = None
        link = f"https://zoom.us/j/{number}"
        made = {"id": number, "created_at": f"2025-01-10T12:00:{len(self.meetings):02}Z", "join_url": link}
        self.meetings[number] = {"password": "passcode", "start_url": f"{link}?zak=host-secret"} | body | made
        return number

    def _list(self) -> dict[str, Any]:
        keys = ("id", "topic", "agenda", "start_time", "duration", "created_at")
        brief = [{key: meeting[key] for key in keys} for meeting in self.meetings.values()]
        return {"meetings": [entry | {"agenda": entry["agenda"][:250]} for entry in brief], "next_page_token": ""}
