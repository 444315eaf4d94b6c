"""outbox.background: work after the answer, one after the other, in a thread."""

import logging
import threading
from contextvars import ContextVar

import pytest
from django.utils import translation

from outbox.background import Background

pytestmark = pytest.mark.django_db(transaction=True)

request_id: ContextVar[str] = ContextVar("request_id", default="none")


def test_the_caller_does_not_wait_and_the_work_is_done_in_order() -> None:
    background, release, done, order = Background(), threading.Event(), threading.Event(), []

    def work(name: str) -> None:
        release.wait(5)
        order.append((name, threading.current_thread() is threading.main_thread()))

    for name in ("first", "second"):
        assert background.submit(lambda name=name: work(name))  # type: ignore[misc]
    background.submit(done.set)
    assert order == []
    release.set()
    assert done.wait(5)
    assert order == [("first", False), ("second", False)]


def test_it_works_in_the_callers_context() -> None:
    background, seen, done = Background(), [], threading.Event()
    request_id.set("asked-to-cancel")
    background.submit(lambda: seen.append(request_id.get()))
    background.submit(done.set)
    assert done.wait(5)
    assert seen == ["asked-to-cancel"]


def test_a_failed_job_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    background, done = Background(), threading.Event()
    with caplog.at_level(logging.ERROR):
        background.submit(lambda: 1 / 0)
        background.submit(done.set)
        assert done.wait(5)
    assert "ZeroDivisionError" in caplog.text


def test_beyond_a_limit_work_is_left_to_the_workers() -> None:
    background, release, started = Background(most_waiting=1), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        release.wait(5)

    background.submit(work)
    assert started.wait(5)
    assert background.submit(lambda: None) is True
    assert background.submit(lambda: None) is False
    release.set()


def test_a_stopping_process_finishes_the_current_work_only() -> None:
    background, release, started, done = Background(), threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        release.wait(5)
        done.append("first")

    background.submit(work)
    background.submit(lambda: done.append("second"))
    assert started.wait(5)
    threading.Timer(0.05, release.set).start()
    background.stop()
    assert done == ["first"]


def test_the_callers_language_is_not_part_of_that_context() -> None:
    background, seen, done = Background(), [], threading.Event()
    with translation.override("es"):
        background.submit(lambda: seen.append(translation.get_language()))
    background.submit(done.set)
    assert done.wait(5)
    assert seen == ["en"]
