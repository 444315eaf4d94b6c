"""The web server: `python -m rag_app.server`. WEB_CONCURRENCY says how many processes; HOST and PORT, where.

`kill -HUP` replaces the processes by ones with the new code, one after another; SIGTERM finishes what is under way and
stops. Why granian, and what it costs: docs/adr/0030.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from rag_app.operations.logs import logging_config

# Threads, because a confirmation waits for Zoom. Each keeps a connection to the database.
THREADS = 8
# Milliseconds. Headers that trickle in take no thread.
HEADER_TIMEOUT = 10_000
# Seconds between a new process and the end of the old one: longer than a start takes, or callers are refused.
START_SECONDS = 20
# granian sends it by itself: neither a database nor a thread of the pool needs to be free.
ALIVE = Path(__file__).resolve().parent / "operations" / "alive"
# A confirmation may take 15 seconds.
KILL_SECONDS = 30


def server(environ: Mapping[str, str]) -> Server:
    """The server that the environment asks for."""
    return Server(
        "rag_app.wsgi:application",
        address=environ.get("HOST", "127.0.0.1"),
        port=int(environ.get("PORT", "8000")),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
        workers=int(environ.get("WEB_CONCURRENCY", "1")),
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=START_SECONDS,
        workers_kill_timeout=KILL_SECONDS,
        static_path_route=["/healthz"],
        static_path_mount=[ALIVE],
        static_path_dir_to_file="status.json",
        static_path_expires=0,
        # Ours (rag_app.operations.access_log) knows the route and the caller, and no query string.
        log_access=False,
        log_dictconfig=logging_config(for_eyes=False),
    )


if __name__ == "__main__":
    server(os.environ).serve()
