"""Celery's beat, robust against changes of the machine's clock."""

import datetime as dt
from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Keeps its schedule when the machine's clock is set back.

    Celery would wait until the clock has passed the entry's last run again, even after a restart: the time is kept in
    its file. Here an entry with a last run in the future is due at once.
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
