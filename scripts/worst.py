"""Attacks by a student and a teacher, and their effect on others. Needs the stack's settings as environment."""

import contextlib
import datetime as dt
import itertools
import os
import signal
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import django

django.setup()

import requests  # noqa: E402  # the settings come first
from django.db import connection, transaction  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.factories import make_student, make_teacher  # noqa: E402
from accounts.models import User  # noqa: E402
from accounts.sign_in.one_time_link import make_link  # noqa: E402
from bookings.factories import make_hours  # noqa: E402
from bookings.meetings.pacing import DAY_IS_OVER  # noqa: E402
from bookings.models import Booking  # noqa: E402
from scripts.load import BOOKINGS, Sample  # noqa: E402
from scripts.processes import Stack  # noqa: E402
from scripts.proof import load, make_people, quantiles  # noqa: E402
from scripts.verdict import failures, judge_rows, slowed  # noqa: E402

READS, WRITES = ("slots", "my bookings", "requests", "teachers"), ("book", "reschedule", "cancel")
SESSIONS, SLOW_CLIENTS = 10, 64
HANGS_SECONDS, BETWEEN_HANGS_SECONDS, HELD_SECONDS = 5, 15, 2
# How long confirmations may still fail after a hang: the deadline of a call, and the circuit breaker's pause after it.
AFTERMATH_SECONDS = 45


def prove(stack: Stack, seconds: int, students: int) -> int:
    """Print the measurements; return the number of failures."""
    people = make_people(stack.supabase, students)
    villains = Villains(stack)
    calm = load(stack, people, seconds, "calm", {})
    with villains.at_work():
        rough = load(stack, people, seconds, "under attack", {})
    print(f"The attackers sent {sum(villains.told.values())} requests: {dict(sorted(villains.told.items()))}")
    wrong = [*villains.wrong(), *slower(calm, rough), *unserved(rough, villains.hangs)]
    wrong += judge_rows([*calm, *rough])
    print("\n" + ("\n".join(wrong) if wrong else "All other users were served as before."))
    return len(wrong)


def slower(calm: list[Sample], rough: list[Sample]) -> list[str]:
    """Return a sentence for each kind of request that became too slow."""
    wrong = []
    for name, kinds in (("Reads", READS), ("Writes", WRITES)):
        before, after = (late(sample.milliseconds for sample in of if sample.what in kinds) for of in (calm, rough))
        print(f"{name}: p99 {before:.0f} ms calm, {after:.0f} ms under attack")
        wrong += slowed(name, before, after)
    return wrong


def late(milliseconds: Iterable[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(list(milliseconds))[1]


def unserved(rough: list[Sample], hangs: list[tuple[float, float]]) -> list[str]:
    """Return a sentence for each kind of unexpected response. Confirmations may fail while Zoom hangs."""

    def is_zooms(sample: Sample) -> bool:
        near = any(began <= sample.at <= ended + AFTERMATH_SECONDS for began, ended in hangs)
        return sample.what == "confirm" and near and DAY_IS_OVER not in sample.sentence

    return failures("under attack", [sample for sample in rough if not is_zooms(sample)], allowed=set())


class Villains:
    """Mallory, a student, and Trudy, a teacher. `told` counts the statuses of the responses to them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.told: Counter[int] = Counter()
        self.hangs: list[tuple[float, float]] = []
        self._over = threading.Event()
        self._errors: list[str] = []
        self.student, self.teacher = make_student(first_name="Mallory"), make_teacher(first_name="Trudy")
        for weekday in range(7):
            make_hours(self.teacher, day_of_week=weekday, start="00:00", end="00:00")
        self._call(self._session(self.teacher), "PATCH", "/api/accounts/me/", {"profile": {"slot_interval_minutes": 5}})
        self._book()

    def wrong(self) -> list[str]:
        """Return the errors that must never occur."""
        return self._errors

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Run all attacks until the block ends."""
        works = (self._read, self._move, self._fill, self._click, self._confirm, self._hang_zoom, self._hold_rows)
        threads = [threading.Thread(target=self._go_on, args=(work,)) for work in (*works, self._dawdle)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _go_on(self, work: Callable[[], Iterator[None]]) -> None:
        """Repeat an attack, pausing only when throttled."""
        try:
            for _ in work():
                if self._over.is_set():
                    break
        except Exception as error:  # noqa: BLE001  # an attack that crashes proves nothing
            self._errors.append(f"{work.__name__} ended: {type(error).__name__}: {error}")
        finally:
            connection.close()

    # --- Attacks ------------------------------------------------------------------------------------------------------

    def _read(self) -> Iterator[None]:
        """Send the most expensive requests."""
        session, first = self._session(self.student), dt.datetime.now(dt.UTC).date()
        slots = {
            "teacher_id": str(self.teacher.id),
            "date": f"{first}",
            "end_date": f"{first + dt.timedelta(days=6)}",
            "duration": 5,
            "explain": "true",
        }
        days = {"start_date": f"{first}", "end_date": f"{first + dt.timedelta(days=91)}"}
        while True:
            self._call(session, "GET", "/api/bookings/slots/available/", params=slots)
            self._call(session, "GET", "/api/bookings/schedule/", params=days | {"teacher_id": str(self.teacher.id)})
            self._call(session, "GET", "/api/accounts/teachers/", params={"search": "e", "ordering": "rating"})
            yield

    def _move(self) -> Iterator[None]:
        """Reschedule each confirmed session back and forth, up to the daily limit."""
        session = self._session(self.student)
        for number in itertools.count():
            for booking in self._sessions("CONFIRMED", session):
                start = dt.datetime.fromisoformat(booking["start_time"]) + dt.timedelta(days=(7, -7)[number % 2])
                self._call(session, "POST", f"{BOOKINGS}{booking['id']}/reschedule/", {"start_time": start.isoformat()})
                yield
            yield

    def _fill(self) -> Iterator[None]:
        """Add hours on every date, a hundred weekly windows, and absences, up to the limits; then replace the week."""
        session, first = self._session(self.teacher), dt.datetime.now(dt.UTC).date() + dt.timedelta(days=100)
        windows = [
            {"day_of_week": number % 7, "start_time": f"{number // 7:02}:00", "end_time": f"{number // 7:02}:30"}
            for number in range(100)
        ]
        for number in itertools.count():
            day = first + dt.timedelta(days=number % 400)
            hours = {"day_of_week": day.weekday(), "date": f"{day}", "start_time": "00:00", "end_time": "00:00"}
            self._call(session, "POST", "/api/bookings/availability/", hours | {"is_recurring": False})
            absence = {"start_time": f"{day}T00:00:00Z", "end_time": f"{day}T00:05:00Z"}
            self._call(session, "POST", "/api/bookings/time-off/", absence)
            if number % 10 == 0:
                self._call(session, "PUT", "/api/bookings/availability/week/", {"windows": windows})
            yield

    def _click(self) -> Iterator[None]:
        """Open the teachers' pages in turn."""
        session = requests.Session()
        session.verify = self.stack.authority
        self._call(session, "GET", reverse("admin-link"), params={"link": make_link(self.teacher)})
        for page in itertools.cycle(("", "calendar/", "bookings/?q=a", "bookings/export.csv", "students/", "hours/")):
            self._call(session, "GET", f"/admin/{page}")
            yield

    def _confirm(self) -> Iterator[None]:
        """Request sessions and confirm them all at once, again and again."""
        teacher = self._session(self.teacher)
        while True:
            self._book()
            asked = [f"{BOOKINGS}{booking['id']}/confirm/" for booking in self._sessions("PENDING", teacher)]
            threads = [threading.Thread(target=self._call, args=(teacher, "POST", path, {})) for path in asked]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            yield
            self._over.wait(5)

    def _hang_zoom(self) -> Iterator[None]:
        """Make Zoom accept connections and not respond: they cannot cause it, but it happens."""
        zoom = self.stack.processes["zoom"].running.pid
        while True:
            began = time.time()
            os.kill(zoom, signal.SIGSTOP)
            self._over.wait(HANGS_SECONDS)
            os.kill(zoom, signal.SIGCONT)
            self.hangs.append((began, time.time()))
            self._over.wait(BETWEEN_HANGS_SECONDS)
            yield

    def _hold_rows(self) -> Iterator[None]:
        """Hold the locks of their sessions' rows, like a transaction that hangs."""
        while True:
            with transaction.atomic():
                list(Booking.objects.select_for_update().filter(teacher=self.teacher))
                self._over.wait(HELD_SECONDS)
            self._over.wait(2 * HELD_SECONDS)
            yield

    def _dawdle(self) -> Iterator[None]:
        """Keep many connections open, each with an incomplete request, and send a byte per second."""
        host, _, port = self.stack.address.partition("://")[2].partition(":")
        context = ssl.create_default_context(cafile=self.stack.authority)
        with contextlib.ExitStack() as open_ones:
            clients = []
            for _ in range(SLOW_CLIENTS):
                plain = open_ones.enter_context(socket.create_connection((host, int(port)), timeout=30))
                clients.append(open_ones.enter_context(context.wrap_socket(plain, server_hostname=host)))
                clients[-1].sendall(b"POST /api/bookings/bookings/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            while True:
                for client in clients:
                    with contextlib.suppress(OSError):  # the proxy has closed it
                        client.sendall(b".")
                yield
                self._over.wait(1)

    # --- Requests -----------------------------------------------------------------------------------------------------

    def _session(self, user: User) -> requests.Session:
        session = requests.Session()
        session.verify = self.stack.authority
        session.headers["Authorization"] = f"Bearer {self.stack.supabase.token(user, hours=12)}"
        return session

    def _call(self, session: requests.Session, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Return the JSON of a successful response, else None. Wait as long as `Retry-After` says."""
        answer = session.request(method, f"{self.stack.address}{path}", json=body, timeout=60, **more)
        self.told[answer.status_code] += 1
        if answer.status_code == requests.codes.too_many_requests:
            self._over.wait(float(answer.headers["Retry-After"]))
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        if answer.status_code == requests.codes.server_error and "Zoom" not in answer.text:
            self._errors.append(f"{method} {path}: 500 {answer.text[:200]}")
        return answer.json() if answer.ok and is_json else None

    def _sessions(self, status: str, session: requests.Session) -> list[dict[str, Any]]:
        found = self._call(session, "GET", f"{BOOKINGS}my/", params={"status": status, "when": "upcoming"})
        return found["results"][:SESSIONS] if found else []

    def _book(self) -> None:
        session, first = self._session(self.student), dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
        query = {"teacher_id": str(self.teacher.id), "date": f"{first}", "end_date": f"{first + dt.timedelta(days=20)}"}
        found = self._call(session, "GET", "/api/bookings/slots/available/", params=query)
        for slot in (found["available_slots"] if found else [])[::24][:SESSIONS]:
            wish = {"teacher_id": str(self.teacher.id), "start_time": slot["start"], "duration": 30}
            self._call(session, "POST", BOOKINGS, wish)
