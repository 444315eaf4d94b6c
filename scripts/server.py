"""A temporary development server: a fresh database and a free port."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from scripts.with_postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
SECONDS_BETWEEN_TRIES = 0.02


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment for development, ignoring any .env file."""
    return os.environ | {"DEBUG": "true", "ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1"} | changes


def manage(*words: str, env: dict[str, str]) -> str:
    """Run a manage.py command; return its output. Exits with the output if it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"manage.py {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def wait_until_up(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server responds. Exits if it has ended."""
    while True:
        if server.poll() is not None:
            raise SystemExit("The server ended before it responded; its messages are above.")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/healthz", timeout=5).read()
            return
        time.sleep(SECONDS_BETWEEN_TRIES)


@contextlib.contextmanager
def development_server(**changes: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Run a server on a fresh SQLite database; yield its address, and the environment to run manage.py in.

    `changes` override settings.
    """
    with tempfile.TemporaryDirectory(prefix="bookings-") as folder:
        env = environment(DATABASE_URL=f"sqlite:///{folder}/db.sqlite3", **changes)
        manage("migrate", "--verbosity", "0", env=env)
        port = free_port()
        log = Path(folder, "log")
        with log.open("wb") as sink:
            command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
            server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=sink, stderr=sink)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_up(address, server)
            yield address, env
        finally:
            server.terminate()
            server.wait(timeout=10)
