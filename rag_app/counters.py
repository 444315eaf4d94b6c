"""Counters of the current minute: in Redis, where all processes share them, or in the memory of this one."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# A Redis in good health answers within a millisecond; nobody waits longer for one that is not.
REDIS_TIMEOUT_SECONDS = 0.1
PAUSE_SECONDS = 5
SECONDS_BETWEEN_WARNINGS = 60


class Counters(Protocol):
    """Whatever counts."""

    def count(self, keys: Sequence[str], *, now: float) -> list[int]:
        """Adds one to each key, and gives how often each was counted in the minute of `now`, in Unix seconds."""


class MemoryCounters:
    """Counts in this process. What a minute counted is forgotten with it, so that memory does not grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: Counter[str] = Counter()

    def count(self, keys: Sequence[str], *, now: float) -> list[int]:
        """As told by Counters."""
        window = int(now // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, Counter()
            self._counts.update(keys)
            return [self._counts[key] for key in keys]


class RedisCounters:
    """Counts in Redis, all keys in one round trip; each increment is atomic there.

    A Redis that fails counts nothing: limits guard the service, and must not be what brings it down. One failure
    costs a request at most two timeouts (to connect and to be answered); then nobody asks for five seconds.
    """

    def __init__(self, redis: "Redis", monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._resume_at = self._warn_at = 0.0

    def count(self, keys: Sequence[str], *, now: float) -> list[int]:
        """As told by Counters; zeros while Redis fails."""
        from redis.exceptions import RedisError

        if self._monotonic() < self._resume_at:
            return [0] * len(keys)
        try:
            return self._count(keys, int(now // WINDOW_SECONDS))
        except (RedisError, OSError) as error:
            self._pause(error)
            return [0] * len(keys)

    def _count(self, keys: Sequence[str], window: int) -> list[int]:
        with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                name = f"throttle:{window}:{key}"
                pipe.incr(name)
                # Longer than the window, because the clocks of two machines differ.
                pipe.expire(name, 2 * WINDOW_SECONDS)
            return pipe.execute()[::2]

    def _pause(self, error: Exception) -> None:
        moment = self._monotonic()
        self._resume_at = moment + PAUSE_SECONDS
        if moment >= self._warn_at:
            self._warn_at = moment + SECONDS_BETWEEN_WARNINGS
            # The kind alone: the message may hold the address, and with it a password.
            logger.warning("Redis failed, and requests go uncounted meanwhile: %s", type(error).__name__)


@cache
def counters() -> Counters:
    """Those of this process, as REDIS_URL says; made at the first need."""
    if not settings.REDIS_URL:
        return MemoryCounters()
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    limit = REDIS_TIMEOUT_SECONDS
    return RedisCounters(
        Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=limit, socket_timeout=limit, retry=Retry(NoBackoff(), 0)
        )
    )
