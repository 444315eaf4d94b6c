"""The whole bench against a running server: fill, check the answers, measure, hold against the floors, tell."""

import datetime as dt
import itertools
from collections.abc import Iterator

from accounts.models import User
from bench import data, measure
from bench.client import Client, request
from bench.measure import Case, Ratio, always
from testing.identity import Identity

SIZES = (100, 10_000, 1_000_000)
# Slots of an hour, every half hour from two o'clock, when the bookings end, to five, when the hours do.
SLOTS_A_DAY = 5
MONTH = dt.timedelta(days=30)
MOST_BUFFERS = 10
# In times of the reference; on a machine that does nothing else: see README.md.
FLOORS = {"slots of a day": 0.75, "slots of a month": 0.4, "list of 50 bookings": 0.15, "create": 0.25}


class Bench:
    """Tells each number as it comes, and remembers whether a floor was missed."""

    def __init__(self, identity: Identity, port: int, now: dt.datetime) -> None:
        self.identity, self.port, self.now = identity, port, now
        self.client = Client(port)
        self.people = data.make_people(now)
        self.token = identity.token(self.people.students[0])
        self.reference = Case(always(request("/bench/reference/", self.token)))
        self.missed: list[str] = []

    def run(self) -> bool:
        """Measures everything. Whether every floor was met."""
        self._tell("ONE DAY'S SLOTS, BY THE SIZE OF THE TABLE", "times R")
        self._sizes()
        data.book_busy_teacher(self.people)
        self._tell("REQUESTS", "times R  [quartiles]   one takes")
        self._requests()
        self._tell("THE ENGINE ALONE", "milliseconds")
        self._engine()
        print(f"\nMissed: {', '.join(self.missed)}" if self.missed else "\nEvery floor was met.")
        return not self.missed

    def _tell(self, title: str, unit: str) -> None:
        print(f"\n{title:44}{unit:38}floor")

    def _hold(self, name: str, value: float, told: object, *, least: float = 0, most: float = 0) -> None:
        is_met = value >= least if least else value <= most
        floor = f">= {least}" if least else f"<= {most}"
        print(f"  {name:42}{told!s:38}{floor:9}{'' if is_met else 'MISSED'}", flush=True)
        if not is_met:
            self.missed.append(name)

    def _sizes(self) -> None:
        """Neither the time nor the pages of a day's slots may grow with the bookings of others."""
        data.make_crowd()
        day, found = self._day(self.people.quiet, self.people.monday), {}
        for size in SIZES:
            data.grow_to(size)
            ratio = found[size] = measure.compare(self.client, self.reference, {"day": Case(always(day))})["day"]
            print(f"  {f'{size:,} bookings':42}{ratio}", flush=True)
            pages = measure.buffers(self.people.quiet, self.people.monday, self.now)
            self._hold("  pages that the query touches", pages, pages, most=MOST_BUFFERS)
        growth = found[SIZES[0]].median / found[SIZES[-1]].median
        self._hold(f"from {SIZES[0]:,} to {SIZES[-1]:,} it takes", growth, f"{growth:6.2f} times as long", most=1.3)

    def _requests(self) -> None:
        ratios = self._compare()
        for name, least in FLOORS.items():
            self._hold(name, ratios[name].median, ratios[name], least=least)
        print(f"  {'naive slots of a day':42}{ratios['naive']}")
        gain = ratios["slots of a day"].median / ratios["naive"].median
        self._hold("naive takes", gain, f"{gain:6.2f} times as long", least=10)

    def _compare(self) -> dict[str, Ratio]:
        teacher, day = self.people.busy, self.people.monday + dt.timedelta(days=7)
        one = self._day(teacher, day)
        month = self._day(teacher, day, f"&end_date={day + MONTH}")
        naive = request(f"/bench/naive/?teacher_id={teacher.id}&date={day}", self.token)
        mine = request("/api/bookings/bookings/my/?page_size=50", self.token)
        self._check(one, month, naive, mine)
        cases = {
            "slots of a day": Case(always(one)),
            "slots of a month": Case(always(month)),
            "list of 50 bookings": Case(always(mine)),
            "create": Case(self._creates(), status=201),
            "naive": Case(always(naive), a_round=2),
        }
        return measure.compare(self.client, self.reference, cases)

    def _day(self, teacher: User, day: dt.date, more: str = "") -> bytes:
        return request(f"/api/bookings/slots/available/?teacher_id={teacher.id}&date={day}{more}", self.token)

    def _check(self, one: bytes, month: bytes, naive: bytes, mine: bytes) -> None:
        """The answers are right: the naive view and ours, which share nothing, agree."""
        today, later, theirs = (self.client.send(wish).json()["available_slots"] for wish in (one, month, naive))
        assert [slot["start"] for slot in today] == [slot["start"] for slot in theirs]
        assert len(today) == SLOTS_A_DAY
        assert later[:SLOTS_A_DAY] == today
        days = {slot["start"][:10] for slot in later}
        assert len(later) == SLOTS_A_DAY * len(days) >= SLOTS_A_DAY * 21
        assert len(self.client.send(mine).json()["results"]) == 50

    def _creates(self) -> Iterator[bytes]:
        """Requests that all can be met: each another half hour, the students in turn."""
        tokens = itertools.cycle([self.identity.token(student) for student in data.newcomers(20)])
        opening = dt.datetime.combine(self.people.monday, dt.time(), dt.UTC)
        for number, token in enumerate(tokens):
            start = (opening + number * data.HALF_HOUR).isoformat()
            body = {"teacher_id": str(self.people.open.id), "start_time": start, "duration": 30, "notes": "Hello"}
            yield request("/api/bookings/bookings/", token, body)

    def _engine(self) -> None:
        for days, busy, most in ((1, 10, 0.1), (30, 1000, 5)):
            taken = measure.engine_milliseconds(days, busy)
            self._hold(f"{days} days, {busy} busy spans", taken, f"{taken:6.3f}", most=most)
