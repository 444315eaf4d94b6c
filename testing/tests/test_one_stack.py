"""testing.one_stack: the calls of a test map no memory."""

import traceback

from backoffice.call_stack import SLOTS
from testing.deep_calls import TIMES, faults_of_deep_calls


def test_tests_run_within_one_large_frame() -> None:
    assert SLOTS in [frame.f_code.co_stacksize for frame, _ in traceback.walk_stack(None)]


def test_no_depth_of_calls_takes_memory_again_and_again() -> None:
    assert faults_of_deep_calls() < TIMES
