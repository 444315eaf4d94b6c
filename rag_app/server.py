"""The web server: `python -m rag_app.server`.

HOST and PORT set the address, WEB_CONCURRENCY the processes, WEB_THREADS the threads of each. `kill -HUP` replaces
the processes by new ones with the new code, one after the other; SIGTERM finishes requests in progress and stops. Why
granian, and at what cost: docs/adr/0033.
"""

import atexit
import gc
import socket
from collections.abc import Callable
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian._internal import load_target
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from rag_app.env import env_int, env_str
from rag_app.operations.logs import logging_config

# For a request's head to arrive, and for a connection to be idle: longer than the proxy in front keeps one, which must
# not send a request just as we close. Neither takes a thread.
KEEP_ALIVE_SECONDS = 75
# Size of a request's head; at most 100 headers.
MOST_HEADER_BYTES = 32 * 1024
# How long the old process continues beside a starting one.
START_SECONDS = 5
# A confirmation may take 15 seconds.
KILL_SECONDS = 30
# granian answers it directly, so no thread of the pool needs to be free.
ALIVE = Path(__file__).resolve().parent / "operations" / "alive.json"


class OneSocketServer(MPServer):
    """A server whose processes share one socket, which stays open while they are replaced.

    By default each has its own on Linux, and connections waiting there are refused when its process ends.
    """

    def _init_shared_socket(self) -> None:
        family = socket.AF_INET6 if ":" in self.bind_addr else socket.AF_INET
        self._sso = socket.create_server((self.bind_addr, self.bind_port), family=family, backlog=self.backlog)
        self._sso.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        holder = SocketHolder(self._sso.fileno(), False, self.backlog)  # type: ignore[call-arg]  # the stub has none
        self._ssp, self._shd = None, holder  # type: ignore[assignment]  # nor types


def server(application: str = "rag_app.wsgi:application") -> OneSocketServer:
    """Return the server, configured from the environment."""
    return OneSocketServer(
        application,
        address=env_str("HOST", "127.0.0.1"),
        port=env_int("PORT", default=8000),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=KEEP_ALIVE_SECONDS * 1000, max_buffer_size=MOST_HEADER_BYTES),
        workers=env_int("WEB_CONCURRENCY", default=1, least=1),
        # Threads, because a confirmation waits for Zoom. Each keeps a connection to the database.
        blocking_threads=env_int("WEB_THREADS", default=4, least=1),
        blocking_threads_idle_timeout=600,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=START_SECONDS,
        workers_kill_timeout=KILL_SECONDS,
        static_path_route=["/healthz"],
        static_path_mount=[ALIVE],
        static_path_expires=0,
        # Ours (rag_app.operations.access_log) knows the route and the caller, and no query string.
        log_access=False,
        log_dictconfig=logging_config(for_eyes=False),
    )


def serve(application: str = "rag_app.wsgi:application") -> None:
    """Serve until told to stop."""
    server(application).serve(target_loader=_load)


def _load(application: str) -> Callable[..., Any]:
    """Load the application in the worker process.

    When the process ends, multiprocessing runs no atexit handlers: here the outbox's thread finishes its work, and
    Sentry sends its events.
    """
    Finalize(None, atexit._run_exitfuncs, exitpriority=0)
    found: Callable[..., Any] = load_target(application)
    # The code stays for good. Full garbage collections that look at it hold up all threads for 60 ms, others for 10.
    gc.collect()
    gc.freeze()
    return found


if __name__ == "__main__":
    serve()
