"""Counters of the current minute: in Redis, where all processes share them, or in the memory of this one."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

# A counter's key, and its limit per minute.
Limit = tuple[str, int]

WINDOW_SECONDS = 60
# A healthy Redis answers within a millisecond; do not wait long for another.
REDIS_TIMEOUT_SECONDS = 0.1
PAUSE_SECONDS = 5
SECONDS_BETWEEN_WARNINGS = 60


class Hit(NamedTuple):
    """Whether a request is within all its limits, and the first limit's count in this minute.

    The count is None if Redis failed.
    """

    is_within: bool
    counted: int | None


UNCOUNTED = Hit(is_within=True, counted=None)


class Counters(Protocol):
    def hit(self, limits: Sequence[Limit], *, now: float) -> Hit:
        """Increment the counters in turn, for the minute of `now` (Unix seconds).

        Counters after an exceeded one are not incremented: a rejected request does not use up the other limits.
        """


class MemoryCounters:
    """Counts in this process. Each minute starts with empty counters, so memory does not grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: Counter[str] = Counter()

    def hit(self, limits: Sequence[Limit], *, now: float) -> Hit:
        window = int(now // WINDOW_SECONDS)
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, Counter()
            is_within = all(self._add(key) <= most for key, most in limits)
            return Hit(is_within, self._counts[limits[0][0]])

    def _add(self, key: str) -> int:
        self._counts[key] += 1
        return self._counts[key]


# Each key with its limit; keys live longer than the window, because the clocks of two machines differ.
_HIT = f"""
local first
for number, key in ipairs(KEYS) do
    local count = redis.call("INCR", key)
    redis.call("EXPIRE", key, {2 * WINDOW_SECONDS})
    first = first or count
    if count > tonumber(ARGV[number]) then return {{0, first}} end
end
return {{1, first}}
"""


class RedisCounters:
    """Counts in Redis: all limits atomically in one round trip, by a cached script.

    If Redis fails, nothing is counted: rate limits protect the service, and must not take it down. A failure costs one
    request at most two timeouts (connect and read); then Redis is not asked for five seconds.
    """

    def __init__(self, redis: "Redis", monotonic: Callable[[], float] = time.monotonic) -> None:
        self._script = redis.register_script(_HIT)
        self._monotonic = monotonic
        self._resume_at = self._warn_at = 0.0

    def hit(self, limits: Sequence[Limit], *, now: float) -> Hit:
        """See Counters; no limit is exceeded while Redis fails."""
        from redis.exceptions import RedisError

        if self._monotonic() < self._resume_at:
            return UNCOUNTED
        try:
            return self._hit(limits, int(now // WINDOW_SECONDS))
        except (RedisError, OSError) as error:
            self._pause(error)
            return UNCOUNTED

    def _hit(self, limits: Sequence[Limit], window: int) -> Hit:
        keys = [f"throttle:{window}:{key}" for key, _ in limits]
        is_within, count = self._script(keys, [most for _, most in limits])
        return Hit(bool(is_within), count)

    def _pause(self, error: Exception) -> None:
        moment = self._monotonic()
        self._resume_at = moment + PAUSE_SECONDS
        if moment >= self._warn_at:
            self._warn_at = moment + SECONDS_BETWEEN_WARNINGS
            # Only the type: the message may contain the URL with its password.
            logger.warning("Redis failed, and requests go uncounted meanwhile: %s", type(error).__name__)


@cache
def counters() -> Counters:
    """Return the process's counters, chosen by REDIS_URL."""
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
