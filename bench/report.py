"""The report: responses are checked, then measured and compared with the floors."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

from accounts.models import User
from bench import data, measure
from bench.client import Client, Request
from bench.measure import Bench, Case, always
from testing.identity import Identity

SIZES = (100, 10_000, 1_000_000)
# One-hour slots every half hour from 14:00, when the bookings end, to 17:00, when the working hours do.
SLOTS_A_DAY = 5
MONTH, WEEK = dt.timedelta(days=30), dt.timedelta(days=6)
MOST_BUFFERS = 10
# Ratios to the reference: see README.md.
FLOORS = {
    "empty view": 2.0,
    "slots of a day": 1.5,
    "slots of a month": 0.6,
    "a week of schedule": 0.8,
    "list of 50 bookings": 0.5,
    "poll with nothing new": 0.83,
    "create": 0.5,
}


class Report:
    """Prints each measurement at once, and remembers which floors were missed."""

    def __init__(self, identity: Identity, now: dt.datetime) -> None:
        self.identity = identity
        self.people = data.make_people(now)
        self.token = identity.token(self.people.students[0])
        self.creates = self._creates()
        self.missed: list[str] = []

    def sizes(self, bench: Bench) -> None:
        """Check that neither the cost nor the page reads of a day's slots grow with the bookings of others."""
        self._title("ONE DAY'S SLOTS, BY THE SIZE OF THE TABLE")
        data.make_crowd()
        day, found = self._slots(self.people.quiet), {}
        for size in SIZES:
            data.grow_to(size)
            found[size] = bench.compare(self._reference(), {"day": Case(always(day))})["day"]
            print(f"  {f'{size:,} bookings':42}{found[size]}", flush=True)
            pages = measure.buffers(self.people.quiet, self.people.monday)
            self._hold("  pages that the statement reads", pages, pages, most=MOST_BUFFERS)
        growth = found[SIZES[0]].ratio / found[SIZES[-1]].ratio
        self._hold(f"from {SIZES[0]:,} to {SIZES[-1]:,} it takes", growth, f"{growth:6.2f} times as much", most=1.15)
        data.book_known_teacher(self.people)

    def requests(self, title: str, bench: Bench, *, floors: bool) -> None:
        """Measure each kind of request; with `floors`, compare it with its floor."""
        self._title(title)
        self._check(bench.client)
        costs = bench.compare(self._reference(), self._cases())
        for name, cost in costs.items():
            if floors and name in FLOORS:
                self._hold(name, cost.ratio, cost, least=FLOORS[name])
            else:
                print(f"  {name:42}{cost}", flush=True)
        if floors:
            gain = costs["slots among 1,000"].ratio / costs["the same, naive"].ratio
            self._hold("the naive view takes", gain, f"{gain:6.2f} times as much", least=10)

    def engine(self) -> None:
        """Measure the slot arithmetic alone."""
        self._title("THE ENGINE ALONE, MILLISECONDS")
        for days, busy, most in ((1, 10, 0.1), (30, 1000, 5)):
            taken = measure.engine_milliseconds(days, busy)
            self._hold(f"{days} days, {busy} busy spans", taken, f"{taken:6.3f}", most=most)

    def _title(self, title: str) -> None:
        print(f"\n{title:44}{'times R  [quartiles]   CPU per request':42}floor")

    def _hold(self, name: str, value: float, told: object, *, least: float = 0, most: float = 0) -> None:
        is_met = value >= least if least else value <= most
        floor = f">= {least}" if least else f"<= {most}"
        print(f"  {name:42}{told!s:42}{floor:9}{'' if is_met else 'MISSED'}", flush=True)
        if not is_met:
            self.missed.append(name)

    def _reference(self) -> Case:
        return Case(always(self._get("/bench/reference/")))

    def _get(self, path: str) -> Request:
        return Request(path, self.token)

    def _slots(self, teacher: User, *, days: dt.timedelta | None = None, duration: int = 60, weeks: int = 0) -> Request:
        first = self.people.monday + dt.timedelta(days=7 * weeks)
        last = f"&end_date={first + days}" if days else ""
        path = f"/api/bookings/slots/available/?teacher_id={teacher.id}&date={first}&duration={duration}{last}"
        return self._get(path)

    def _cases(self) -> dict[str, Case]:
        full, monday = self.people.full, self.people.monday
        schedule = f"/api/bookings/schedule/?teacher_id={full.id}&start_date={monday}&end_date={monday + WEEK}"
        naive = f"/bench/naive/?teacher_id={self.people.known.id}&date={monday + dt.timedelta(days=7)}"
        return {
            "empty view": Case(always(self._get("/bench/empty/"))),
            "slots of a day": Case(always(self._slots(self.people.quiet))),
            "slots of a month": Case(always(self._slots(full, days=MONTH, duration=30))),
            "a week of schedule": Case(always(self._get(schedule))),
            "list of 50 bookings": Case(always(self._get("/api/bookings/bookings/my/?page_size=50"))),
            "poll with nothing new": Case(always(self._get(f"/api/bookings/changes/?after={10**15}"))),
            "create": Case(self.creates, status=201),
            "slots among 1,000": Case(always(self._slots(self.people.known, weeks=1))),
            "the same, naive": Case(always(self._get(naive)), a_round=1),
        }

    def _check(self, client: Client) -> None:
        """Check that responses are correct and complete. The naive view, which shares no code with ours, must agree."""

        def answer(name: str) -> Any:
            return client.send(client.prepare(next(cases[name].requests))).json()

        cases = self._cases()
        known, naive = answer("slots among 1,000"), answer("the same, naive")
        assert [slot["start"] for slot in known["available_slots"]] == [
            slot["start"] for slot in naive["available_slots"]
        ]
        assert len(known["available_slots"]) == len(answer("slots of a day")["available_slots"]) == SLOTS_A_DAY
        assert len(answer("slots of a month")["available_slots"]) == 31 * 24 - 50
        assert len(answer("a week of schedule")["bookings"]) == 50
        assert len(answer("list of 50 bookings")["results"]) == 50
        assert answer("poll with nothing new")["results"] == []

    def _creates(self) -> Iterator[Request]:
        """Yield requests that all succeed: each for another half hour, by the students in turn."""
        tokens = itertools.cycle([self.identity.token(student) for student in data.newcomers(40)])
        opening = dt.datetime.combine(self.people.monday, dt.time(), dt.UTC)
        for number, token in enumerate(tokens):
            start = (opening + number * data.HALF_HOUR).isoformat()
            body = {"teacher_id": str(self.people.open.id), "start_time": start, "duration": 30, "notes": "Hello"}
            yield Request("/api/bookings/bookings/", token, body)
