"""A Zoom for random histories: its requests fail by chance, its lists lag, and its creates may be late."""

import datetime as dt
import json
import math
from typing import Any, Protocol

import requests
import responses
from django.db import connection

from bookings.tests.fake_zoom import CERTAIN, UNKNOWN, Failure, FakeZoom, Reply
from testing.zoom_meetings import GONE, Meetings

HANG_SECONDS = 10
LATE_CREATE = "late create"
LATE_SECONDS = 180
# Zoom's parts agree with each other only after a while: one has made the meeting, another does not know it yet.
FALSE_GONE = "3001 for a meeting that was just made"
YOUNG_SECONDS = 300

# Zoom sends an ISO date, gateways seconds or an HTTP date; its daily limit comes without.
_RETRY_AFTER = ("0", "1", "900", "-5", "99999999999", "soon", "2025-01-10T13:00:00Z", "Fri, 10 Jan 2025 13:00:00 GMT")
_TOO_MANY = {"code": 429, "message": "You have reached the maximum daily rate limit."}

FAULTS: dict[str, Failure] = (
    CERTAIN
    | {f"{name}, without effect": failure for name, failure in UNKNOWN.items() if failure.status >= 500}
    | {f"{name}, after the effect": failure._replace(takes_effect=True) for name, failure in UNKNOWN.items()}
    | {f"429, Retry-After {told}": Failure(status=429, headers={"Retry-After": told}) for told in _RETRY_AFTER}
    | {
        "429 of the day": Failure(status=429, body=_TOO_MANY),
        "half of a body, after the effect": Failure(status=201, body='{"id": 91', takes_effect=True),
        LATE_CREATE: Failure(error=requests.ReadTimeout()),
        FALSE_GONE: Failure(status=404, body=GONE),
    }
)
USUAL = [name for name in FAULTS if name != FALSE_GONE]


class Killed(BaseException):
    """The process ends here: nothing that follows happens, and an open transaction is rolled back."""


class Clock:
    """Virtual time."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def wait(self, seconds: float) -> None:
        """Let the seconds pass."""
        self.now += dt.timedelta(seconds=seconds)

    def seconds(self) -> float:
        """Since 1970."""
        return self.now.timestamp()


class Weather(Protocol):
    """What decides about each request."""

    def die_perhaps(self) -> None:
        """Raise Killed now and then."""

    def meanwhile(self) -> None:
        """Time that a request takes, and what others do in it."""

    def fault(self, *, age: float) -> str | None:
        """Return the fault of a request about a meeting of this age in seconds; None: no fault."""


class LaggingMeetings(Meetings):
    """Meetings that are made or deleted are listed so for a while only later."""

    def __init__(self, clock: Clock, lag: dt.timedelta) -> None:
        super().__init__()
        self._clock = clock
        self._lag = lag
        self._late: list[tuple[dt.datetime, dict[str, Any]]] = []
        self._made_at: dict[int, dt.datetime] = {}
        self._deleted: list[tuple[dt.datetime, dict[str, Any]]] = []

    def create_late(self, body: dict[str, Any]) -> None:
        """Make the meeting when nobody waits for it any more."""
        self._late.append((self._clock.now + dt.timedelta(seconds=LATE_SECONDS), body))

    def land(self) -> None:
        """Make the meetings that were late until now."""
        landed = [entry for entry in self._late if entry[0] <= self._clock.now]
        self._late = [entry for entry in self._late if entry not in landed]
        for at, body in landed:
            self._make(body, at)

    def age(self, number: int) -> float:
        """Return how many seconds ago the meeting was made; infinity if it never was."""
        made_at = self._made_at.get(number)
        return math.inf if made_at is None else (self._clock.now - made_at).total_seconds()

    def create(self, body: dict[str, Any], *, created_at: str = "") -> int:
        return self._make(body, self._clock.now)

    def _make(self, body: dict[str, Any], at: dt.datetime) -> int:
        number = super().create(body, created_at=f"{at:%Y-%m-%dT%H:%M:%SZ}")
        self._made_at[number] = at
        return number

    def __delitem__(self, number: int) -> None:
        self._deleted += [(self._clock.now, entry) for entry in super().listed() if entry["id"] == number]
        super().__delitem__(number)

    def listed(self) -> list[dict[str, Any]]:
        since = self._clock.now - self._lag
        seen = [entry for entry in super().listed() if self._made_at[entry["id"]] <= since]
        return seen + [entry for at, entry in self._deleted if at > since]


class StormZoom(FakeZoom):
    """Fails as `Weather` decides."""

    meetings: LaggingMeetings

    def __init__(self, mock: responses.RequestsMock, weather: Weather, clock: Clock, *, lag_seconds: int) -> None:
        super().__init__(mock)
        self.meetings = LaggingMeetings(clock, dt.timedelta(seconds=lag_seconds))
        self._weather = weather
        self._clock = clock

    def _answer(self, request: requests.PreparedRequest) -> Reply:
        # Not by FakeZoom's assertion, which the dispatcher of an event would catch and only log.
        if connection.in_atomic_block:
            raise SystemExit("Zoom was called inside a transaction")
        self._weather.die_perhaps()
        self._weather.meanwhile()
        self.meetings.land()
        self._prepare(request)
        reply = super()._answer(request)
        self._weather.meanwhile()
        self._weather.die_perhaps()
        return reply

    def _prepare(self, request: requests.PreparedRequest) -> None:
        """Let the request fail if chance says so."""
        last = (request.url or "").rpartition("/")[2]
        name = self._weather.fault(age=self.meetings.age(int(last)) if last.isdigit() else math.inf)
        if name is None:
            return
        failure = FAULTS[name]
        if isinstance(failure.error, requests.ReadTimeout):
            self._clock.wait(HANG_SECONDS)
        if failure.error is not None:  # a new one: each that is raised keeps the frames it came through
            failure = failure._replace(error=type(failure.error)())
        if name == LATE_CREATE and request.method == "POST":
            self.meetings.create_late(json.loads(request.body or "{}"))
        self.fail(request.method or "", failure)
