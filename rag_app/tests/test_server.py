"""rag_app.server: the real process, on a database of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag_app.server import THREADS, server
from scripts.server import ROOT, environment, manage, wait_until_up
from scripts.with_postgres import free_port

HALF_A_BODY = (
    b"POST /api/bookings/zoom/webhook/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{"
)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a running server of one process."""
    number = free_port()
    env = environment(DATABASE_URL=f"sqlite:///{tmp_path}/db.sqlite3", PORT=str(number), WEB_CONCURRENCY="1")
    env |= {"DJANGO_SETTINGS_MODULE": "rag_app.settings"}
    manage("migrate", "--verbosity", "0", env=env)
    process = subprocess.Popen([sys.executable, "-m", "rag_app.server"], cwd=ROOT, env=env)
    try:
        wait_until_up(f"http://127.0.0.1:{number}", process)
        yield number
    finally:
        process.kill()
        process.wait(timeout=60)


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.slow
def test_it_serves_the_application_and_is_alive_without_a_free_thread(port: int) -> None:
    assert get(port, "/api/bookings/bookings/my/")[0] == 401
    with contextlib.ExitStack() as stack:
        for _ in range(THREADS * 2):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            held.sendall(HALF_A_BODY)
        assert get(port, "/healthz") == (200, b'{"status": "ok"}')
    assert get(port, "/readyz")[0] == 200


def test_the_environment_says_how_many_processes_and_where() -> None:
    made = server({"HOST": "0.0.0.0", "PORT": "8123", "WEB_CONCURRENCY": "3"})  # noqa: S104
    assert (made.bind_addr, made.bind_port, made.workers) == ("0.0.0.0", 8123, 3)  # noqa: S104
    assert server({}).bind_addr == "127.0.0.1"
    assert os.environ.get("GRANIAN_WORKERS") is None
