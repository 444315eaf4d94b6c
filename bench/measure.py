"""What is measured: times over HTTP in rounds, buffers by EXPLAIN, and the pure engine."""

import datetime as dt
import itertools
import json
import statistics
import timeit
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import User
from bench.client import Client
from bookings.scheduling import calendar, slots
from bookings.scheduling.slots import Span, Window
from wall_clock import zones

ROUNDS = 15
HOUR = dt.timedelta(hours=1)


class Case(NamedTuple):
    """Requests of one kind, how many of them make a round, and the status of their answers."""

    requests: Iterator[bytes]
    a_round: int = 20
    status: int = 200


class Ratio(NamedTuple):
    """How often a case is done in the time of the reference: median and quartiles of the rounds."""

    median: float
    low: float
    high: float
    milliseconds: float

    def __str__(self) -> str:
        return f"{self.median:6.2f}  [{self.low:.2f} .. {self.high:.2f}]  {self.milliseconds:8.2f} ms"


def always(wish: bytes) -> Iterator[bytes]:
    """The same request, time and again."""
    return itertools.repeat(wish)


def compare(client: Client, reference: Case, cases: Mapping[str, Case], rounds: int = ROUNDS) -> dict[str, Ratio]:
    """Each case against the reference. All take turns in every round, so that the machine's moods meet all alike."""
    everything = {"": reference, **cases}
    for case in everything.values():
        _round(client, case)
    times = [{name: _round(client, case) for name, case in everything.items()} for _ in range(rounds)]
    return {name: _ratio([turn[""] / turn[name] for turn in times], [turn[name] for turn in times]) for name in cases}


def _round(client: Client, case: Case) -> float:
    """Seconds for one request, on average."""
    wishes = itertools.islice(case.requests, case.a_round)
    return statistics.fmean(client.seconds(wish, case.status) for wish in wishes)


def _ratio(ratios: list[float], seconds: list[float]) -> Ratio:
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high, statistics.median(seconds) * 1000)


def buffers(teacher: User, day: dt.date, now: dt.datetime) -> int:
    """How many pages of the database the query of the bookings touches when the slots of a day are asked for."""
    seen: list[tuple[str, Any]] = []

    def remember(execute: Callable[..., Any], sql: str, values: Any, *more: Any) -> Any:
        seen.append((sql, values))
        return execute(sql, values, *more)

    with connection.execute_wrapper(remember):
        # As often as it takes the server to choose a plan for good.
        for _ in range(8):
            calendar.offered(teacher, day, day, duration=HOUR, timezone=teacher.timezone, now=now)
    sql, values = seen[-1]
    assert sql.startswith("EXECUTE compiled_")
    with connection.cursor() as cursor:
        # The first run may still have to tidy up behind those who wrote.
        for _ in range(2):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
            found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def engine_milliseconds(days: int, busy: int) -> float:
    """The free slots of as many days among as many busy spans, from working hours in Madrid: no database, no Django."""
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
    return min(timeit.repeat(offered, number=number, repeat=7)) / number * 1000
