"""Run work after the response, in a thread of the web process.

Nothing is lost if the process dies: the work is a row of the outbox, and stays due until a worker takes it.
"""

import atexit
import contextlib
import contextvars
import logging
import queue
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

logger = logging.getLogger(__name__)

Work = Callable[[], object]

MOST_WAITING = 100
# How long a stopping process waits for the work in progress.
LAST_SECONDS = 15


class Background:
    """One thread with a queue, started on first use."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: queue.Queue[tuple[contextvars.Context, Work] | None] = queue.Queue(most_waiting)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def submit(self, work: Work) -> bool:
        """Queue the work. Return False if the queue is full."""
        try:
            self._waiting.put_nowait((contextvars.copy_context(), work))
        except queue.Full:
            logger.warning("Too much is waiting for the background thread; what is due is left to the workers.")
            return False
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()
        return True

    def stop(self) -> None:
        """Finish the work in progress, and start nothing new."""
        self._is_stopped = True
        if self._thread is not None and self._thread.is_alive():
            with contextlib.suppress(queue.Full):  # it wakes up by itself then
                self._waiting.put_nowait(None)
            self._thread.join(LAST_SECONDS)

    def _run(self) -> None:
        while not self._is_stopped and (job := self._waiting.get()) is not None:
            context, work = job
            context.run(_do, work)


def _do(work: Work) -> None:
    close_old_connections()
    try:
        work()
    except Exception:
        logger.exception("Work in the background failed; what is due stays due.")
    finally:
        close_old_connections()


_background = Background()
atexit.register(_background.stop)


def after_answer(work: Work) -> None:
    """Run the work after the current response; in tests at once."""
    if settings.OUTBOX_IN_BACKGROUND:
        _background.submit(work)
    else:
        work()
