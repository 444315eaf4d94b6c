"""A Redis server of its own, on a free port, that keeps nothing."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotYetError

from scripts.with_postgres import free_port
from testing.processes import PATIENCE_SECONDS, until

MISSING = "Celery was NOT tested: no redis-server is installed here. Install it with  apt-get install redis-server"


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a running server. Without the program a test is skipped, in CI it fails."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  # our own words
    try:
        until(lambda: server.poll() is not None or _answers(port))
        assert server.poll() is None, "Redis did not start."
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)


def _answers(port: int) -> bool:
    with contextlib.suppress(NotYetError), contextlib.closing(Redis(port=port)) as redis:
        return bool(redis.ping())
    return False
