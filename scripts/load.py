"""Load: many students look at slots, book, reschedule and cancel, while teachers confirm. Every response is recorded.

python -m scripts.load PLAN SAMPLES   reads the plan (JSON) and writes a JSON line for each response
"""

import contextlib
import datetime as dt
import http.client
import json
import random
import ssl
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

BOOKINGS = "/api/bookings/bookings/"
NO_ANSWER = 0
# Relative frequencies of a student's actions: slots, own bookings, directory, book, reschedule, cancel.
WEIGHTS = (50, 15, 10, 15, 5, 5)
# Errors of a kept-alive connection that the server has closed; over TLS, it may do so without a close_notify.
CLOSED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError)


class Site(NamedTuple):
    """Where the service runs: `https` with the CA file of its certificate, or plain `http`."""

    scheme: str
    host: str
    authority: str = ""

    def connect(self, address: str) -> http.client.HTTPConnection:
        """Return a connection from this loopback address; from any if it is empty."""
        source = (address, 0) if address else None
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, timeout=30, source_address=source)
        context = ssl.create_default_context(cafile=self.authority)
        return http.client.HTTPSConnection(self.host, timeout=30, source_address=source, context=context)


class Person(NamedTuple):
    """A user with a token, and with a loopback address of their own unless it is empty."""

    id: str
    token: str
    address: str


class Sample(NamedTuple):
    """One response. `status` is 0 if there was none. `at` is in Unix seconds; `booking` is the id of a new booking."""

    what: str
    status: int
    milliseconds: float
    at: float
    sentence: str = ""
    booking: str = ""


@dataclass
class Caller:
    """A person's browser, which keeps its connection alive as long as the server does."""

    site: Site
    person: Person
    note: Callable[[Sample], None]
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def call(self, what: str, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON of a successful response, else None."""
        headers = {
            "Authorization": f"Bearer {self.person.token}",
            "Content-Type": "application/json",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.person.address,  # a proxy replaces what callers send
        }
        if what == "book":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        started = time.perf_counter()
        status, found = self._exchange(method, path, json.dumps(body) if body is not None else None, headers)
        milliseconds = (time.perf_counter() - started) * 1000
        booking = found.get("id", "") if what == "book" and status == http.client.CREATED else ""
        sentence = str(found.get("error", "")) if status == NO_ANSWER or status >= 400 else ""
        self.note(Sample(what, status, milliseconds, time.time(), sentence, booking))
        return found if status and status < 400 else None

    def _exchange(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        """Send the request; retry once if the kept-alive connection had been closed, as browsers do."""
        for is_kept in (True, False) if self._connection else (False,):
            try:
                return self._send(method, path, body, headers)
            except (http.client.HTTPException, OSError) as error:
                self._connection = None
                if not (is_kept and isinstance(error, CLOSED)):
                    return NO_ANSWER, {"error": f"{type(error).__name__}: {error}"}
        raise AssertionError("The second attempt returns in any case.")

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, Any]:
        if self._connection is None:
            self._connection = self.site.connect(self.person.address)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.will_close:
            self._connection = None
        return answer.status, json.loads(content) if content else {}


class Student:
    """A student, who looks more often than they book and sometimes cancels."""

    def __init__(
        self, caller: Caller, teachers: list[str], chance: random.Random, weights: Sequence[int] = WEIGHTS
    ) -> None:
        self.caller, self.teachers, self.chance, self.weights = caller, teachers, chance, weights
        self.slots: list[str] = []
        self.teacher = chance.choice(teachers)
        self.booked: list[str] = []

    def act(self) -> None:
        """Perform one random action."""
        acts = (self.look, self.my_bookings, self.directory, self.book, self.move, self.cancel)
        [act] = self.chance.choices(acts, self.weights)
        act()

    def look(self) -> None:
        """Read the free slots of one day of a teacher."""
        self.teacher = self.chance.choice(self.teachers)
        day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=self.chance.randint(2, 20))
        query = urlencode({"teacher_id": self.teacher, "date": day.isoformat(), "duration": 60})
        found = self.caller.call("slots", "GET", f"/api/bookings/slots/available/?{query}")
        self.slots = [slot["start"] for slot in found["available_slots"]] if found else []

    def my_bookings(self) -> None:
        """List the student's bookings."""
        self.caller.call("my bookings", "GET", f"{BOOKINGS}my/")

    def directory(self) -> None:
        """List the teachers."""
        self.caller.call("teachers", "GET", "/api/accounts/teachers/")

    def book(self) -> None:
        """Book one of the slots that were free when the student looked."""
        if not self.slots:
            return self.look()
        wish = {"teacher_id": self.teacher, "start_time": self.chance.choice(self.slots), "duration": 60}
        if made := self.caller.call("book", "POST", BOOKINGS, wish):
            self.booked.append(made["id"])
        return None

    def move(self) -> None:
        """Reschedule a booking to another of the slots."""
        if not (self.booked and self.slots):
            return self.look()
        start = {"start_time": self.chance.choice(self.slots)}
        self.caller.call("reschedule", "POST", f"{BOOKINGS}{self.chance.choice(self.booked)}/reschedule/", start)
        return None

    def cancel(self) -> None:
        """Cancel a booking."""
        if not self.booked:
            return self.look()
        gone = self.booked.pop(self.chance.randrange(len(self.booked)))
        self.caller.call("cancel", "POST", f"{BOOKINGS}{gone}/cancel/", {"reason": "Changed my mind"})
        return None


class Teacher:
    """A teacher, who confirms requests."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.waiting: list[str] = []

    def act(self) -> None:
        """Confirm one request, or list the new ones."""
        if self.waiting:
            self.caller.call("confirm", "POST", f"{BOOKINGS}{self.waiting.pop()}/confirm/", {})
            return
        found = self.caller.call("requests", "GET", f"{BOOKINGS}my/?role=teacher&status=PENDING&page_size=10")
        self.waiting = [booking["id"] for booking in found["results"]] if found else []


@contextlib.contextmanager
def notebook(path: Path) -> Iterator[Callable[[Sample], None]]:
    """Yield a function that writes samples to the file, one JSON line each."""
    lock = threading.Lock()
    with path.open("w", buffering=1) as sink:

        def note(sample: Sample) -> None:
            with lock:
                sink.write(json.dumps(sample) + "\n")

        yield note


def run(plan: dict[str, Any], note: Callable[[Sample], None]) -> None:
    """Let everybody act and pause in turn until the plan's seconds are over or its file `enough` exists."""
    stop = threading.Event()
    site = Site(*plan["site"])
    teachers = [Person(*person) for person in plan["teachers"]]
    names = [teacher.id for teacher in teachers]

    def live(act: Callable[[], None], chance: random.Random, pause: float) -> None:
        stop.wait(chance.uniform(0, 2 * pause))
        while not stop.is_set():
            act()
            stop.wait(chance.uniform(0.5 * pause, 1.5 * pause))

    lives = []
    for number, person in enumerate(Person(*person) for person in plan["students"]):
        chance = random.Random(number)
        student = Student(Caller(site, person, note), names, chance, plan.get("weights", WEIGHTS))
        lives.append((student.act, chance, plan["pause"]))
    for number, teacher in enumerate(teachers):
        lives.append((Teacher(Caller(site, teacher, note)).act, random.Random(-number - 1), 2 * plan["pause"]))
    threads = [threading.Thread(target=live, args=args) for args in lives]
    for thread in threads:
        thread.start()
    _wait_for_the_end(plan["seconds"], Path(plan["enough"]))
    stop.set()
    for thread in threads:
        thread.join()


def _wait_for_the_end(seconds: float, enough: Path) -> None:
    enough.unlink(missing_ok=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough.exists():
        time.sleep(0.2)


def main() -> None:
    """Run the plan in the first file; write samples to the second."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    with notebook(Path(sys.argv[2])) as note:
        run(plan, note)


if __name__ == "__main__":
    main()
