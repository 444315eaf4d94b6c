"""Run the tests on SQLite and on PostgreSQL at once, show how far each is, and say what was not tested.

python -m scripts.suite
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from scripts.servers import POSTGRESQL, SERVERS, advice, fetch_missing

START = "The tests run on SQLite and on PostgreSQL at once: about 4 minutes on two cores."
PYTEST = (sys.executable, "-m", "pytest")
# What processes and browsers do (marked `production`) is shown with PostgreSQL alone, and with SQLite alone that for
# which one run is enough (`once`, testing/once.py). Three at once keep two cores busy: tests of processes wait a lot.
PRODUCTION, ON_SQLITE = ("-m", "production and not once"), ("-m", "once or not production")
ON_POSTGRESQL = ("-m", "not once and not production")
WITH_POSTGRESQL = (sys.executable, "-m", "scripts.with_postgres")
# The shortest run takes what the others leave, so that all end at about the same time.
AFTER_THE_OTHERS = ("nice", "-n", "5")

PROGRESS = re.compile(r"[.sFExX]+ +\[ *\d+%\]\n")
_printing = threading.Lock()


class Outcome(NamedTuple):
    """How a run ended: the exit status, and how many tests it skipped for each reason."""

    status: int
    skipped: Counter[str]


class Run:
    """A pytest in a process of its own. Its progress is printed as it comes, all else when it has ended."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name = name
        self._report = folder / f"{name}.xml"
        self._command = [*command, f"--junitxml={self._report}"]

    def run(self) -> Outcome:
        """Run it to its end."""
        kept = []
        with subprocess.Popen(
            self._command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as pytest:
            for line in pytest.stdout or ():
                if PROGRESS.fullmatch(line):
                    show(self.name, line)
                else:
                    kept.append(line)
        show(self.name, "".join(kept))
        skipped = skips(self._report) if self._report.exists() else Counter[str]()
        return Outcome(pytest.returncode, skipped)


def environment() -> dict[str, str]:
    """Return the variables of the runs, whose many processes use what the first has compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def show(name: str, text: str) -> None:
    """Print the text, each line with the name of its run before it."""
    with _printing:
        print("".join(f"{name:<10}  {line}" for line in text.strip("\n").splitlines(keepends=True)), flush=True)


def skips(report: Path) -> Counter[str]:
    """Count the skipped tests of a JUnit report by their reason."""
    found = ElementTree.parse(report).iter("skipped")
    return Counter(skip.get("message", "") for skip in found if skip.get("type") != "pytest.xfail")


def count_for_postgresql() -> int:
    """Return how many tests a run with PostgreSQL would have."""
    listed = subprocess.run([*PYTEST, *ON_POSTGRESQL, "--collect-only"], capture_output=True, text=True, check=True)
    return int(re.findall(r"(\d+)(?:/\d+)? tests collected", listed.stdout)[-1])


def closing(failed: Sequence[str], skipped: Counter[str], seconds: float) -> str:
    """Return the closing line: what failed, how many tests were left out, why and what brings them, and the time."""
    said = [f"FAILED: {', '.join(failed)}."] if failed else []
    said += _left_out(skipped) if skipped else ["Nothing was skipped."]
    return " ".join([*said, f"It took {int(seconds) // 60} min {int(seconds) % 60} s."])


def _left_out(skipped: Counter[str]) -> list[str]:
    counts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(skipped.items()))
    lacking = [server for server in SERVERS if f"without {server.name}" in skipped]
    return [f"NOT tested: {counts}.", *([advice(lacking)] if lacking else [])]


def main() -> int:
    """Return 0 where every test passed, and in CI none was skipped."""
    started = time.monotonic()
    lacking = fetch_missing()
    print(START, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = () if POSTGRESQL in lacking else WITH_POSTGRESQL
        runs = [
            Run("PostgreSQL", [*AFTER_THE_OTHERS, *WITH_POSTGRESQL, *PYTEST, *ON_POSTGRESQL], Path(folder)),
            Run("SQLite", [*PYTEST, *ON_SQLITE], Path(folder)),
            Run("production", [*server, *PYTEST, *PRODUCTION], Path(folder)),
        ]
        if POSTGRESQL in lacking:
            del runs[0]
        with ThreadPoolExecutor(len(runs)) as pool:
            outcomes = list(pool.map(Run.run, runs))
    skipped = sum((outcome.skipped for outcome in outcomes), Counter[str]())
    if POSTGRESQL in lacking:
        skipped[f"without {POSTGRESQL.name}"] += count_for_postgresql()
    failed = [run.name for run, outcome in zip(runs, outcomes, strict=True) if outcome.status]
    print(closing(failed, skipped, time.monotonic() - started))
    return 1 if failed or (skipped and os.environ.get("CI") == "true") else 0


if __name__ == "__main__":
    sys.exit(main())
