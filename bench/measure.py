"""Measurements: CPU time per request, in rounds; buffers, from EXPLAIN; and the slot arithmetic alone."""

import datetime as dt
import itertools
import json
import statistics
import time
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User
from bench import cpu
from bench.client import Client, Request
from bookings.scheduling import slots, timetable
from bookings.scheduling.slots import Span, Window
from wall_clock import zones

# Many short rounds, so that disturbances affect every case alike.
ROUNDS = 60


class Case(NamedTuple):
    """Requests of one kind, how many make a round, and the status of their responses."""

    requests: Iterator[Request]
    a_round: int = 5
    status: int = 200


class Cost(NamedTuple):
    """CPU microseconds per request, web and PostgreSQL together, and the ratio of R's to it: medians.

    `low` and `high` are the quartiles of the rounds' ratios.
    """

    microseconds: float
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.ratio:6.2f}  [{self.low:.2f} .. {self.high:.2f}]  {self.microseconds:9,.0f} µs"


class Bench(NamedTuple):
    """A client, and the processes that serve its requests; their descendants count too."""

    client: Client
    servers: Sequence[int]

    def compare(self, reference: Case, cases: Mapping[str, Case], rounds: int = ROUNDS) -> dict[str, Cost]:
        """Measure the cases against the reference; every round runs each of them once."""
        everything = {"R": reference, **cases}
        for case in everything.values():  # warm up: caches are filled and statements compiled
            self._round(case)
        turns = [{name: self._round(case) for name, case in everything.items()} for _ in range(rounds)]
        return {name: _cost([turn["R"] for turn in turns], [turn[name] for turn in turns]) for name in everything}

    def _round(self, case: Case) -> float:
        """Return the mean CPU microseconds per request."""
        prepared = [self.client.prepare(request) for request in itertools.islice(case.requests, case.a_round)]
        before = cpu.seconds(self.servers)
        answers = [self.client.send(each) for each in prepared]
        taken = cpu.seconds(self.servers) - before
        for answer in answers:
            if answer.status != case.status:
                raise SystemExit(f"Got {answer.status} instead of {case.status}: {answer.body[:500]!r}")
        return taken / case.a_round * 1e6


def always(request: Request) -> Iterator[Request]:
    """Yield the same request again and again."""
    return itertools.repeat(request)


def _cost(reference: list[float], taken: list[float]) -> Cost:
    low, _, high = statistics.quantiles([unit / each for unit, each in zip(reference, taken, strict=True)], n=4)
    middle = statistics.median(taken)
    return Cost(middle, statistics.median(reference) / middle, low, high)


def buffers(teacher: User, day: dt.date) -> int:
    """Return how many database pages the statement for one day's slots reads."""
    seen: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], sql: str, values: Any, *more: Any) -> Any:
        seen.append((sql, values))
        return execute(sql, values, *more)

    with connection.execute_wrapper(remember):
        # Until the server has settled on a generic plan.
        for _ in range(8):
            timetable.find(teacher.id, timetable.on_dates(day, day))
    sql, values = seen[-1]
    assert sql.startswith("EXECUTE compiled_")
    with connection.cursor() as cursor:
        # The first run may still have to set hint bits after the writes.
        for _ in range(2):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
            found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def engine_milliseconds(days: int, busy: int) -> float:
    """Return the CPU time of computing free slots, given so many days and busy spans: no database, no Django."""
    zone, first = zones.load("Europe/Madrid"), dt.date(2025, 3, 17)
    last = first + dt.timedelta(days=days - 1)
    windows = [Window(weekday, dt.time(8), dt.time(20)) for weekday in range(7)]
    opening = dt.datetime(2025, 3, 17, 7, tzinfo=dt.UTC)
    step = days * dt.timedelta(days=1) / busy
    taken = [Span(opening + number * step, opening + number * step + step / 2) for number in range(busy)]

    def offered() -> list[Span]:
        spans = slots.windows_between(first - slots.DAY, last + slots.DAY, windows, zone)
        free = slots.subtract(slots.union(spans), taken)
        return slots.offered(spans, free, duration=dt.timedelta(minutes=15), interval=dt.timedelta(minutes=30))

    assert offered()
    number = 50
    return min(timeit.repeat(offered, number=number, repeat=7, timer=time.process_time)) / number * 1000
