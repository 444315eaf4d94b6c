"""Celery's clock, in spite of the machine's."""

import datetime as dt
from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Keeps its rhythm when the machine's clock is set back.

    Celery waits until the clock has come back to where an entry last ran, even over a restart: the time is kept in its
    file. Here an entry that ran in the future is due at once.
    """

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at and entry.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now - dt.timedelta(days=1)
        if ahead:
            self._heap = None  # made of the same times
        interval: float = super().tick(*args, **kwargs)
        return interval
