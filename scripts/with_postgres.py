"""Run a command with DATABASE_URL set to a PostgreSQL server: the one TEST_DATABASE_URL names, or a throwaway one.

python -m scripts.with_postgres pytest -k races
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from scripts.servers import POSTGRESQL, advice, find

# Fast and unsafe: nothing here outlives the run.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "log_lock_waits": "on",
}
SECONDS_BETWEEN_TRIES = 0.05


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's server programs, if installed."""
    initdb = find(POSTGRESQL)
    return initdb.parent if initdb else None


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> int | None:
    """Return the user to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names["nobody"])


class Cluster:
    """A PostgreSQL server in a folder, with its `url` and `log`. It can be stopped and started."""

    def __init__(self, bin_dir: Path, folder: Path, options: Mapping[str, str]) -> None:
        self._bin_dir, self._folder, self._options = bin_dir, folder, options
        self._user, self._port = _unprivileged(), free_port()
        self._data, self.log = folder / "data", folder / "log"
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        if self._user is not None:
            os.chown(folder, self._user, -1)
        words = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        done = self._popen("initdb", "-D", self._data, *words, sink=subprocess.DEVNULL)
        if done.wait():
            raise SystemExit("PostgreSQL's initdb failed.")

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        settings = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        address = ["-p", str(self._port), "-k", str(self._folder), "-h", "127.0.0.1"]
        with self.log.open("a") as sink:
            self._server = self._popen("postgres", "-D", self._data, *address, *settings, sink=sink)
        ready: list[str | Path] = [self._bin_dir / "pg_isready", "-h", "127.0.0.1", "-p", str(self._port), "-q"]
        while subprocess.run(ready, check=False).returncode != 0:
            if self._server.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start:\n{self.log.read_text()}")
            time.sleep(SECONDS_BETWEEN_TRIES)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT terminates connections; SIGQUIT is a crash, after which the next start recovers."""
        self._server.send_signal(how)
        self._server.wait(timeout=30)

    def _popen(self, program: str, *words: str | Path, sink: int | IO[str]) -> subprocess.Popen[bytes]:
        command = [self._bin_dir / program, *words]
        return subprocess.Popen(command, user=self._user, cwd=self._folder, stdout=sink, stderr=sink)


@contextlib.contextmanager
def throwaway_cluster(bin_dir: Path, options: Mapping[str, str] = OPTIONS) -> Iterator[Cluster]:
    """Run a server in a temporary folder, which is deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bookings-pg-"))
    try:
        cluster = Cluster(bin_dir, folder, options)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, Path | None]]:
    """Yield the URL of a server to test on, and a throwaway one's log. Raises SystemExit if there is none."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url, None
        return
    bin_dir = binaries()
    if bin_dir is None:
        raise SystemExit(f"PostgreSQL is missing. {advice([POSTGRESQL])} Or name a server in TEST_DATABASE_URL.")
    with throwaway_cluster(bin_dir) as cluster:
        yield cluster.url, cluster.log


def main() -> int:
    """Run the command given on the command line."""
    with postgres() as (url, log):
        environment = os.environ | {"DATABASE_URL": url} | ({"POSTGRES_LOG": str(log)} if log else {})
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
