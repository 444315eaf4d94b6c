"""testing.one_stack: the calls of a test map no memory."""

import resource
import traceback

from backoffice.call_stack import SLOTS

TIMES = 1000


def deep(depth: int) -> None:
    """Return from a recursion of this depth."""
    if depth:
        deep(depth - 1)


def faults() -> int:
    """Return how often this process has touched a page of memory that it had not."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_tests_run_within_one_large_frame() -> None:
    assert SLOTS in [frame.f_code.co_stacksize for frame, _ in traceback.walk_stack(None)]


def test_no_depth_of_calls_takes_memory_again_and_again() -> None:
    deep(400)
    before = faults()
    for _ in range(TIMES):
        deep(400)
    assert faults() - before < TIMES
