"""Processes that a test starts, kills and waits for."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from scripts.server import ROOT
from scripts.servers import Server, find

PATIENCE_SECONDS = 60
_never = threading.Event()


def program_of(server: Server) -> str:
    """Return the path of the server's program. Skip the test where there is none."""
    found = find(server)
    if found is None:
        pytest.skip(f"without {server.name}")
    return str(found)


def until(check: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as `check` holds. Raises TimeoutError if it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TimeoutError(f"Still not so after {seconds} seconds.")
        _never.wait(0.02)


@contextlib.contextmanager
def python(*words: str, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python WORDS` in its own session, appending to `log`; kill what is left at the end."""
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603  # our own words
            [sys.executable, *words], cwd=ROOT, env=dict(env), stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and its children, like `kill -9`."""
    with contextlib.suppress(ProcessLookupError):  # gone already, with all its children
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE_SECONDS)
