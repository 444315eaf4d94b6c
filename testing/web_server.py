"""A web server of its own: real processes on a fresh database, for what one process cannot show. Also used by bench."""

import atexit
import contextlib
import functools
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import dj_database_url
import psycopg2
from django.db import connections
from django.db.utils import ConnectionHandler

from scripts.server import ROOT, manage, wait_until_up
from scripts.with_postgres import free_port

PATIENCE_SECONDS = 60
_kept: list[str] = []


class Request(NamedTuple):
    """A POST to the API."""

    token: str
    path: str
    body: Mapping[str, Any] = {}


class Answer(NamedTuple):
    """What came back, in JSON."""

    status: int
    body: Any


class Server(NamedTuple):
    """A web server that answers on `port` of the loopback address; `log` holds what it wrote."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill it and its workers, like `kill -9`."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_SECONDS)

    def post_at_once(self, requests: Sequence[Request]) -> list[Answer]:
        """Sends all of them at the same moment, each on a connection that stands already. The answers, in order."""
        gate = threading.Barrier(len(requests), timeout=PATIENCE_SECONDS)

        def post(request: Request) -> Answer:
            with contextlib.closing(self._connection()) as connection:
                connection.connect()
                gate.wait()
                headers = {"Authorization": f"Bearer {request.token}", "Content-Type": "application/json"}
                connection.request("POST", request.path, json.dumps(request.body), headers)
                answer = connection.getresponse()
                return Answer(answer.status, json.loads(answer.read()))

        with ThreadPoolExecutor(len(requests)) as threads:
            return list(threads.map(post, requests))

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def fresh_database(folder: Path, *, like: str = "") -> Iterator[str]:
    """The URL of an empty database, or of a copy of the one at the URL `like`, which nobody may be connected to: on the
    server that DATABASE_URL names, else a SQLite file in `folder`.
    """
    url, name = os.environ.get("DATABASE_URL", "sqlite"), f"fresh_{uuid.uuid4().hex}"
    if not url.startswith("postgres"):
        if like:
            shutil.copyfile(like.removeprefix("sqlite:///"), folder / name)
        yield f"sqlite:///{folder / name}"
        return
    with contextlib.closing(psycopg2.connect(url)) as server:
        server.autocommit = True
        server.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {like.rpartition('/')[2] or 'template1'}")
        try:
            yield url.partition("?")[0].rpartition("/")[0] + f"/{name}"
        finally:
            server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def migrated_database(folder: Path) -> Iterator[str]:
    """The URL of a fresh database with the project's tables."""
    with fresh_database(folder, like=_kept[0] if _kept else _migrated()) as url:
        yield url


@contextlib.contextmanager
def keeping_as_it_is(folder: Path) -> Iterator[None]:
    """Let `migrated_database` copy this process's own database, which has just been migrated and is empty."""
    ours = connections["default"]
    ours.close()
    with fresh_database(folder, like=f"{ours.vendor}:///{ours.settings_dict['NAME']}") as url:
        _kept.append(url)
        yield
        _kept.remove(url)


@functools.cache
def _migrated() -> str:
    """The URL of a database that is migrated once, and copied from then on. It goes when this process ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    url = stack.enter_context(fresh_database(Path(folder)))
    manage("migrate", "--verbosity", "0", env=os.environ | {"DATABASE_URL": url})
    return url


@contextlib.contextmanager
def connected_to(url: str) -> Iterator[None]:
    """Lets this thread's queries go to the database at `url`."""
    ours = connections["default"]
    settings = connections.settings["default"] | {"NAME": dj_database_url.parse(url)["NAME"]}
    connections["default"] = theirs = ConnectionHandler({"default": settings})["default"]
    try:
        yield
    finally:
        theirs.close()
        connections["default"] = ours


@contextlib.contextmanager
def web_server(
    database_url: str, folder: Path, *, application: str = "rag_app.wsgi", workers: int = 2, threads: int = 4
) -> Iterator[Server]:
    """A running server in this process's environment; its log stays in `folder`."""
    port, log = free_port(), folder / f"{application}.log"
    serve = f"from rag_app.server import serve; serve({application + ':application'!r})"
    command = [sys.executable, "-c", serve]
    with log.open("wb") as sink:
        own = {"PORT": str(port), "WEB_CONCURRENCY": str(workers), "WEB_THREADS": str(threads)}
        env = os.environ | own | {"DATABASE_URL": database_url}
        # A session of its own, so that one signal reaches its workers too.
        process = subprocess.Popen(  # noqa: S603  # our own words
            command, cwd=ROOT, env=env, stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process)
        yield Server(port, log, process)
    except SystemExit:
        sys.stderr.write(log.read_text())
        raise
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
