"""Runs a command with DATABASE_URL set to a PostgreSQL server: the one TEST_DATABASE_URL names, or a throwaway one.

python -m scripts.with_postgres pytest -k races
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

MISSING = """
============================================================================================
  PostgreSQL was NOT tested: there is no TEST_DATABASE_URL, and no server is installed here.
  Install one with   apt-get install postgresql   (or name yours:
  TEST_DATABASE_URL=postgresql://user:password@localhost:5432/postgres make test).
============================================================================================
"""

# Fast because nothing here outlives the run.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "log_lock_waits": "on",
}


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> int | None:
    """The user to run the server as: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names["nobody"])


@contextlib.contextmanager
def throwaway_cluster(bin_dir: Path) -> Iterator[tuple[str, Path]]:
    """A server of its own in a temporary folder: its URL, and its log."""
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="bookings-pg-"))
    if user is not None:
        os.chown(folder, user, -1)
    data, log, port = folder / "data", folder / "log", free_port()
    settings = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
    quiet = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL}
    try:
        subprocess.run(
            [bin_dir / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            **quiet,  # type: ignore[call-overload]  # a dict of keywords
        )
        with log.open("w") as sink:
            command: list[str | Path] = [
                bin_dir / "postgres",
                "-D",
                data,
                "-p",
                str(port),
                "-k",
                folder,
                "-h",
                "127.0.0.1",
                *settings,
            ]
            server = subprocess.Popen(command, user=user, cwd=folder, stdout=sink, stderr=sink)
        try:
            ready: list[str | Path] = [bin_dir / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
            while subprocess.run(ready, check=False).returncode != 0:
                if server.poll() is not None:
                    raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}")
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres", log
        finally:
            server.terminate()
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[tuple[str, Path | None]]:
    """The URL of a server to test on, and its log where it is ours. Ends the run where there is none."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url, None
        return
    bin_dir = binaries()
    if bin_dir is None:
        print(MISSING, file=sys.stderr)
        raise SystemExit(1 if os.environ.get("CI") == "true" else 0)
    with throwaway_cluster(bin_dir) as cluster:
        yield cluster


def main() -> int:
    """Runs the command that follows on the command line."""
    with postgres() as (url, log):
        environment = os.environ | {"DATABASE_URL": url} | ({"POSTGRES_LOG": str(log)} if log else {})
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
