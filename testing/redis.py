"""A Redis server of its own, on a free port, that keeps nothing."""

import contextlib
import subprocess
from collections.abc import Iterator

from redis import Redis
from redis.exceptions import ConnectionError as NotYetError

from scripts.servers import REDIS
from scripts.with_postgres import free_port
from testing.processes import PATIENCE_SECONDS, program_of, until


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of a running server."""
    program = program_of(REDIS)
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
