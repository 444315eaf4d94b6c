"""rag_app.operations.health.Readiness: what hangs or fails keeps nobody waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError

from rag_app.operations import health
from rag_app.operations.health import FAILED, OFF, OK, Readiness


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def fine() -> str:
    return OK


def broken() -> str:
    raise OperationalError("gone")


@pytest.mark.parametrize(
    ("check", "word", "is_ready"), [(fine, OK, True), (lambda: OFF, OFF, True), (broken, FAILED, False)]
)
def test_only_a_vital_check_that_fails_makes_it_unready(check: Callable[[], str], word: str, is_ready: bool) -> None:
    assert Readiness({"it": check, "other": fine}, vital=["it"]).look() == ({"it": word, "other": OK}, is_ready)
    assert Readiness({"it": check, "other": fine}, vital=["other"]).look() == ({"it": word, "other": OK}, True)


class Hanging:
    """A check that does not end before it is told to; knows how often it was started."""

    def __init__(self) -> None:
        self.starts = 0
        self.begun, self.end = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.starts += 1
        self.begun.set()
        assert self.end.wait(30)
        return OK


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    check = Hanging()
    yield check
    check.end.set()


def test_a_hanging_check_has_failed_and_the_others_are_reported(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.5)
    words, is_ready = Readiness({"hanging": hanging, "fine": fine}, vital=["hanging"]).look()
    assert (words, is_ready) == ({"hanging": FAILED, "fine": OK}, False)
    assert "Not ready: hanging does not answer." in caplog.text


def test_a_hanging_check_runs_once_at_a_time(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.5)
    monkeypatch.setattr(health, "KEPT_SECONDS", 0)
    readiness = Readiness({"hanging": hanging, "fine": fine}, vital=["fine"])
    before = threading.active_count()
    for _ in range(20):
        assert readiness.look() == ({"hanging": FAILED, "fine": OK}, True)
    assert hanging.starts == 1
    assert threading.active_count() <= before + 2

    hanging.end.set()
    assert readiness._runs["hanging"].result(30) == OK
    monkeypatch.setattr(health, "LIMIT_SECONDS", 30)
    assert readiness.look() == ({"hanging": OK, "fine": OK}, True)
    assert hanging.starts == 2


def test_during_a_check_callers_get_the_last_result_at_once(hanging: Hanging) -> None:
    clock, checks = Clock(), {"it": fine}
    readiness = Readiness(checks, vital=["it"], monotonic=clock)
    readiness.look()
    checks["it"] = hanging
    clock.seconds += 1
    with ThreadPoolExecutor(1) as looker:
        looking = looker.submit(readiness.look)
        assert hanging.begun.wait(30)
        assert [readiness.look() for _ in range(20)] == [({"it": OK}, True)] * 20
        assert not looking.done()
        hanging.end.set()
        assert looking.result(30) == ({"it": OK}, True)
    assert hanging.starts == 1


def test_before_the_first_result_callers_wait_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = Readiness({"it": fine}, vital=["it"])
    with readiness._looking:  # like a caller whose check is in progress
        monkeypatch.setattr(health, "LIMIT_SECONDS", 0.05)
        began = time.monotonic()
        assert readiness.look() == ({"it": FAILED}, False)
        assert time.monotonic() - began >= 0.05
        monkeypatch.undo()
    assert readiness.look() == ({"it": OK}, True)


def test_the_limit_is_two_seconds() -> None:
    assert health.LIMIT_SECONDS == 2


def test_frequent_requests_get_the_last_result() -> None:
    clock, asked = Clock(), []

    def counted() -> str:
        asked.append(clock.seconds)
        return OK

    readiness = Readiness({"it": counted}, vital=[], monotonic=clock)
    for _ in range(3):
        readiness.look()
    assert len(asked) == 1
    clock.seconds += 1
    readiness.look()
    assert len(asked) == 2
