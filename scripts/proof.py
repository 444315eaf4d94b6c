"""Proof of the stack: the demo's flow, a calm load and a rough one. Needs the stack's settings as environment."""

import json
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # the settings come first
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.factories import make_student, make_teacher  # noqa: E402
from accounts.models import User  # noqa: E402
from bookings.factories import make_hours  # noqa: E402
from bookings.management.commands.seed_demo import make_demo_people  # noqa: E402
from rag_app.server import START_SECONDS  # noqa: E402
from scripts.demo import Walk, whole_flow  # noqa: E402
from scripts.load import NO_ANSWER, WEIGHTS, Person, Sample, Site  # noqa: E402
from scripts.server import ROOT  # noqa: E402
from scripts.verdict import PATIENCE_SECONDS, failures, judge_rows  # noqa: E402

if TYPE_CHECKING:  # containers have no pytest, which it needs
    from scripts.processes import Stack

# The file that ends a load early.
ENOUGH = "enough"
TEACHERS = 20
PAUSE_SECONDS = 2.0
ENOUGH_FOR_A_PERCENTILE = 5000
# The rough load ends when every service has been ended and has recovered, at the latest after this.
ROUGH_SECONDS = 600
RECOVERY_SECONDS = 5
# Time for two reloads of two processes.
RELOAD_SECONDS = 2 * 2 * (START_SECONDS + 3)


def prove(stack: "Stack", seconds: int, students: int) -> int:
    """Print the results; return the number of failures."""
    wrong = walk(stack, "at the start")
    people = make_people(stack.supabase, students)
    calm = load(stack, people, seconds, "calm", {})
    wrong += judge_calm(calm)
    reloads = {0.1: stack.reload_web, 0.5: stack.reload_web}
    reloaded = load(stack, people, max(seconds // 2, RELOAD_SECONDS), "web server reloaded twice", reloads)
    wrong += failures("web server reloaded", reloaded, allowed=set())
    blows = Blows(stack)
    rough = load(stack, people, ROUGH_SECONDS, "rough", {0.0: blows.strike})
    wrong += blows.wrong + judge_rough(rough, blows)
    connections.close_all()  # the database has crashed in the meantime
    wrong += judge_rows([*calm, *reloaded, *rough])
    call_command("flush", "--no-input", verbosity=0)
    wrong += walk(stack, "at the end")
    if wrong:
        print(stack.logs(), file=sys.stderr)
    print("\n" + ("\n".join(wrong) if wrong else "Everything held."))
    return len(wrong)


def walk(stack: "Stack", when: str) -> list[str]:
    """Run the demo's flow with new people; return a sentence if it fails."""
    # Without a proxy, send its headers.
    proxied = {} if stack.authority else {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
    make_demo_people(now=timezone.now())
    tokens = {user.role: stack.supabase.token(user) for user in User.objects.all()}
    return [f"The demo's flow failed {when}."] if whole_flow(Walk(stack.address, tokens, proxied)) else []


class Blows:
    """Ends every service once with SIGTERM and once with SIGKILL, and checks /readyz each time."""

    # What /readyz must say while the service is down. A dead worker or clock shows only after two minutes.
    SERVICES: Mapping[str, str] = {
        "worker": "ready",
        "beat": "ready",
        "redis": "degraded",
        "database": "unready",
        "web": "silent",
        "proxy": "ready",
    }

    def __init__(self, stack: "Stack") -> None:
        self._stack = stack
        self.wrong: list[str] = []
        self.over_at = 0.0
        # When the API was down: Unix seconds.
        self.gone: list[tuple[float, float]] = []

    def strike(self) -> None:
        """End and start all services in turn."""
        for name, expected in self.SERVICES.items():
            if name == "proxy" and not self._stack.authority:
                continue
            for how in (signal.SIGTERM, signal.SIGKILL):
                self._end_and_start(name, how, expected)
        self.over_at = time.time()
        time.sleep(3 * RECOVERY_SECONDS)
        (self._stack.folder / ENOUGH).touch()

    def explain(self, sample: Sample) -> bool:
        """Return True if the API was down at that moment. On a busy machine the caller notices late."""
        return any(began <= sample.at <= ended + RECOVERY_SECONDS for began, ended in self.gone)

    def _end_and_start(self, name: str, how: signal.Signals, expected: str) -> None:
        began = time.time()
        self._stack.end(name, how)
        self._await(expected, f"while {name} was down after {how.name}")
        self._stack.start_again(name)
        self._await("ready", f"after {name} was back from {how.name}")
        if name == ("proxy" if self._stack.authority else "web"):
            self.gone.append((began, time.time()))
        print(f"{how.name} to {name}: back after {time.time() - began:.1f} s")

    def _await(self, expected: str, when: str) -> None:
        said = ""
        for _ in range(PATIENCE_SECONDS * 5):
            if (said := self._stack.readiness()) == expected:
                return
            time.sleep(0.2)
        self.wrong.append(f"/readyz returned {said} instead of {expected} {when}.")


# --- People -----------------------------------------------------------------------------------------------------------


class Signer(Protocol):
    """Signs Supabase's tokens."""

    def token(self, user: User, *, hours: float = 1) -> str: ...


def make_people(supabase: Signer, number_of_students: int) -> dict[str, list[Person]]:
    """Create students, and teachers who work all day, each with an IP address of their own."""
    teachers = [make_teacher(first_name=f"Teacher {number}") for number in range(TEACHERS)]
    for teacher in teachers:
        for weekday in range(7):
            make_hours(teacher, day_of_week=weekday, start="06:00", end="22:00")
    students = [make_student(first_name=f"Student {number}") for number in range(number_of_students)]
    return {"students": _persons(students, supabase, net=1), "teachers": _persons(teachers, supabase, net=2)}


def _persons(users: list[User], supabase: Signer, *, net: int) -> list[Person]:
    return [
        Person(str(user.id), supabase.token(user, hours=12), f"127.{net}.{number // 250}.{number % 250 + 1}")
        for number, user in enumerate(users)
    ]


# --- Load -------------------------------------------------------------------------------------------------------------


def load(
    stack: "Stack",
    people: dict[str, list[Person]],
    seconds: int,
    name: str,
    acts: dict[float, Callable[[], None]],
    *,
    weights: Sequence[int] = WEIGHTS,
) -> list[Sample]:
    """Put load on the service from another process; perform each act after its share of the seconds."""
    plan, samples = stack.folder / "plan", stack.folder / "samples"
    scheme, _, host = stack.address.partition("://")
    site = Site(scheme, host, stack.authority)
    enough = str(stack.folder / ENOUGH)
    body = {"site": site, "seconds": seconds, "enough": enough, "pause": PAUSE_SECONDS, "weights": weights, **people}
    plan.write_text(json.dumps(body))
    with ThreadPoolExecutor() as threads:
        done = [threads.submit(_later, share * seconds, act) for share, act in acts.items()]
        subprocess.run([sys.executable, "-m", "scripts.load", plan, samples], cwd=ROOT, check=True)
    for future in done:
        future.result()
    found = read_samples(samples)
    show(name, found, seconds)
    return found


def read_samples(file: Path) -> list[Sample]:
    """Return the samples that the load has written."""
    return [Sample(*json.loads(line)) for line in file.read_text().splitlines()]


def _later(seconds: float, act: Callable[[], None]) -> None:
    time.sleep(seconds)
    act()


def show(name: str, samples: list[Sample], seconds: int) -> None:
    """Print a table of requests: kind, number, latency and statuses."""
    print(f"\nLoad, {name}: {len(samples)} requests in {seconds} s")
    for what in sorted({sample.what for sample in samples}):
        these = [sample for sample in samples if sample.what == what]
        median, late = quantiles([sample.milliseconds for sample in these])
        statuses = ", ".join(
            f"{count} x {status}" for status, count in sorted(Counter(s.status for s in these).items())
        )
        print(f"  {what:12} {len(these):6}   median {median:7.1f} ms   p99 {late:7.1f} ms   {statuses}")


def quantiles(milliseconds: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    if len(milliseconds) < 2:
        return milliseconds[0], milliseconds[0]
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[-1]


# --- Judging ----------------------------------------------------------------------------------------------------------


def judge_calm(samples: list[Sample]) -> list[str]:
    """Require that nothing failed, no request was much slower than the others, and bookings were made."""
    wrong = failures("calm", samples, allowed=set())
    median, late = quantiles([sample.milliseconds for sample in samples if sample.what == "slots"])
    # With fewer samples, a single pause of the machine decides the percentile.
    if len(samples) >= ENOUGH_FOR_A_PERCENTILE and late >= 10 * median:
        wrong.append(f"Slots: the 99th percentile ({late:.1f} ms) is ten times the median ({median:.1f} ms) or more.")
    for what in ("book", "confirm"):
        if not any(sample.what == what and sample.status < 300 for sample in samples):
            wrong.append(f"Nothing was proved about '{what}': it never succeeded.")
    return wrong


def judge_rough(samples: list[Sample], blows: Blows) -> list[str]:
    """Allow 503 while services are down, and no response while the API is; afterwards no error."""
    heard = [sample for sample in samples if sample.status != NO_ANSWER or not blows.explain(sample)]
    end = [sample for sample in samples if sample.at > blows.over_at + RECOVERY_SECONDS]
    wrong = [] if end else ["The load ended before the last service was back."]
    return [*wrong, *failures("rough", heard, allowed={503}), *failures("rough, at its end", end, allowed=set())]
