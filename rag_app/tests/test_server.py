"""rag_app.server: real processes, told to stop, killed, renewed, and asked by slow and by odd clients."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest
from pytest_django import DjangoDbBlocker

from rag_app.server import MOST_HEADER_BYTES, server
from scripts.server import ROOT
from testing.processes import until
from testing.web_server import Server, migrated_database, web_server

pytestmark = pytest.mark.production

THREADS = 2
HALF_A_HEADER = b"GET /api/accounts/me/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a"
HALF_A_BODY = (
    b"POST /api/bookings/zoom/webhook/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100000\r\n\r\n{"
)


@pytest.fixture(scope="module")
def database(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    with django_db_blocker.unblock(), migrated_database(tmp_path_factory.mktemp("database")) as url:
        yield url


@pytest.fixture
def running(database: str, tmp_path: Path) -> Iterator[Server]:
    """One process of two threads."""
    with web_server(database, tmp_path, workers=1, threads=THREADS) as server:
        yield server


def ask(server: Server, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def serves(server: Server) -> bool:
    """Whether the application answers: without a token 401."""
    return ask(server, "/api/accounts/me/")[0] == 401


def workers(server: Server) -> list[int]:
    parent = server.process.pid
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextlib.contextmanager
def held(server: Server, request: bytes, number: int) -> Iterator[list[socket.socket]]:
    """So many connections whose requests never come to their end."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(number)]
        for each in sockets:
            each.sendall(request)
        yield sockets


@contextlib.contextmanager
def asked_all_along(server: Server) -> Iterator[None]:
    """Callers who ask the application the whole time, each time on a new connection.

    None is refused; one who has connected in a process's last instant finds the connection closed, and asks once more.
    """
    over = threading.Event()

    def call() -> int:
        asked = 0
        while not over.is_set():
            try:
                assert serves(server)
            except ConnectionResetError:
                assert serves(server)
            asked += 1
            over.wait(0.01)  # without a pause they take the cores from the server
        return asked

    with ThreadPoolExecutor(4) as threads:
        callers = [threads.submit(call) for _ in range(4)]
        try:
            yield
        finally:
            over.set()
        assert all(caller.result() > 1 for caller in callers)


# --- Slow and odd clients ---


def test_headers_that_trickle_in_hold_no_thread(running: Server) -> None:
    with held(running, HALF_A_HEADER, 8 * THREADS) as sockets:
        for each in sockets:
            each.sendall(b"a")
        assert serves(running)


def test_it_is_alive_without_a_free_thread(running: Server) -> None:
    with ThreadPoolExecutor(1) as caller:
        with held(running, HALF_A_BODY, 2 * THREADS):
            waiting = caller.submit(serves, running)
            assert ask(running, "/healthz") == (200, b'{"status": "ok"}')
            assert not waiting.done()
        assert waiting.result()


def test_urls_that_only_begin_with_healthz_reach_the_application(running: Server) -> None:
    for path in ("/healthz/", "/healthz/x", "/healthzx"):
        status, body = ask(running, path)
        assert (status, b'"not_found"' in body) == (404, True)


def test_oversized_headers_are_refused_and_affect_nobody_else(running: Server) -> None:
    for headers in ({"X-Long": "a" * 3 * MOST_HEADER_BYTES}, {f"X-{number}": "a" for number in range(101)}):
        with contextlib.suppress(ConnectionError):  # it need not read what it refuses
            assert ask(running, "/api/accounts/me/", headers)[0] == 431
    assert serves(running)


def test_a_body_that_is_too_large_is_refused_in_json(running: Server) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)) as connection:
        connection.request("POST", "/api/bookings/zoom/webhook/", b"a" * 300_000, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (400, "application/json")
    assert serves(running)


# --- Renewed, killed, not started ---


@pytest.mark.slow
def test_a_reload_replaces_processes_and_refuses_nobody(running: Server) -> None:
    [old] = workers(running)
    with asked_all_along(running):
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "Stopped old worker-1" in running.log.read_text())
    [new] = workers(running)
    assert new != old
    assert serves(running)


@pytest.mark.slow
def test_a_killed_process_is_replaced_and_new_callers_wait_for_it(running: Server) -> None:
    [old] = workers(running)
    os.kill(old, signal.SIGKILL)
    assert serves(running)
    [new] = workers(running)
    assert new != old


def test_two_processes_serve_and_count_together(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-of-at-least-32-characters-for-metrics"
    monkeypatch.setenv("METRICS_TOKEN", token)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "rag_app.settings")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("ENV_FILE", os.devnull)
    with web_server(database, tmp_path, workers=2) as server, ThreadPoolExecutor(8) as callers:
        until(lambda: callers.submit(serves, server).result() and len(list(tmp_path.glob("histogram_*.db"))) == 2)
        before = _counted(server, token)
        list(callers.map(lambda _: serves(server), range(50)))
        assert {_counted(server, token) for _ in range(8)} == {before + 50}


def _counted(server: Server, token: str) -> float:
    status, page = ask(server, "/metrics", {"Authorization": f"Bearer {token}"})
    assert status == 200
    start = 'http_request_seconds_count{method="GET",route="api/accounts/me/",status="401"} '
    [line] = [line for line in page.decode().splitlines() if line.startswith(start)]
    return float(line.removeprefix(start))


def run(**settings: str) -> "subprocess.CompletedProcess[str]":
    own = {"ENV_FILE": os.devnull, "PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-m", "rag_app.server"]
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=False)


def test_it_does_not_start_on_a_port_that_is_taken(running: Server) -> None:
    done = run(PORT=str(running.port))
    assert (done.returncode, "Address already in use" in done.stderr) == (1, True)


def test_it_does_not_start_with_a_bad_setting_and_says_which() -> None:
    done = run(PORT="0", DEBUG="false", SECRET_KEY="short")
    assert done.returncode == 1
    assert "SECRET_KEY must be a secret of your own" in done.stderr


def test_port_and_processes_come_from_the_environment() -> None:
    with patch.dict(os.environ, {"HOST": "::1", "PORT": "8123", "WEB_CONCURRENCY": "3", "WEB_THREADS": "5"}):
        made = server()
    assert (made.bind_addr, made.bind_port, made.workers, made.blocking_threads) == ("::1", 8123, 3, 5)
    with patch.dict(os.environ, clear=True):
        made = server()
    assert (made.bind_addr, made.bind_port, made.workers, made.blocking_threads) == ("127.0.0.1", 8000, 1, 4)
