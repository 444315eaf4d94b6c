"""Deep calls, and the memory that their frames take."""

import resource

TIMES = 1000


def _deep(depth: int) -> None:
    """Return from a recursion of this depth."""
    if depth:
        _deep(depth - 1)


def faults_of_deep_calls() -> int:
    """Return how often this process has touched a page of memory that it had not, during so many deep calls."""
    _deep(400)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(TIMES):
        _deep(400)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
