"""Exponential backoff after failures."""

import datetime as dt
import random

FIRST = dt.timedelta(seconds=30)
LONGEST = dt.timedelta(hours=1)


def delay(attempts: int, *, asked_seconds: float | None = None) -> dt.timedelta:
    """Return the pause after this many attempts, with jitter, but no shorter than the other side asked for."""
    jitter = random.uniform(0.5, 1)  # noqa: S311  # spreads load, hides nothing
    return max(grown(attempts) * jitter, dt.timedelta(seconds=asked_seconds or 0))


def grown(attempts: int) -> dt.timedelta:
    """Return the pause without jitter: it doubles with each attempt, up to an hour."""
    return min(FIRST * (1 << min(attempts - 1, 10)), LONGEST)
