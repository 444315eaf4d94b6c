"""rag_app.counters: exact under concurrency, forgetful by the minute, and harmless when Redis is away."""

import logging
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import Settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from rag_app import counters
from rag_app.counters import Counters, MemoryCounters, RedisCounters
from testing.redis import redis_server

NOON = 1_736_510_400.0
THREADS, EACH = 8, 50


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    counters.counters.cache_clear()
    yield
    counters.counters.cache_clear()


@pytest.fixture(params=["memory", "redis"])
def counted(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Counters]:
    if request.param == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_url")
    made = counters.counters()
    assert isinstance(made, RedisCounters if settings.REDIS_URL else MemoryCounters)
    yield made
    if settings.REDIS_URL:
        redis = Redis.from_url(settings.REDIS_URL)
        redis.flushall()
        redis.close()


def test_each_key_is_counted_by_itself(counted: Counters) -> None:
    assert counted.count(["a", "b"], now=NOON) == [1, 1]
    assert counted.count(["a", "c"], now=NOON + 59) == [2, 1]


def test_a_minute_begins_anew(counted: Counters) -> None:
    assert counted.count(["a"], now=NOON + 59) == [1]
    assert counted.count(["a"], now=NOON + 60) == [1]
    assert counted.count(["a"], now=NOON + 61) == [2]


def test_none_is_lost_between_threads(counted: Counters) -> None:
    def count(_: int) -> list[int]:
        return [counted.count(["a"], now=NOON)[0] for _ in range(EACH)]

    with ThreadPoolExecutor(THREADS) as threads:
        seen = [number for numbers in threads.map(count, range(THREADS)) for number in numbers]
    assert sorted(seen) == list(range(1, THREADS * EACH + 1))


def test_processes_share_what_redis_counts(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    assert counters.counters().count(["shared"], now=NOON) == [1]
    counters.counters.cache_clear()
    assert counters.counters().count(["shared"], now=NOON) == [2]


def test_redis_is_left_with_nothing_that_lasts(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    counters.counters().count(["fleeting"], now=NOON)
    redis = Redis.from_url(redis_url)
    left = {int(redis.ttl(key)) for key in redis.scan_iter("throttle:*:fleeting")}
    redis.close()
    assert left
    assert left <= set(range(1, 121))


# --- Redis is away ----------------------------------------------------------------------------------------------------


@pytest.fixture
def mute() -> Iterator[str]:
    """The URL of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://:hunter2@127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def absent() -> str:
    """The URL of a port at which nobody is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"redis://:hunter2@127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.parametrize("broken", ["mute", "absent"])
def test_requests_go_through_and_are_hardly_delayed(
    broken: str, request: pytest.FixtureRequest, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = request.getfixturevalue(broken)
    made = counters.counters()
    began = time.monotonic()
    assert made.count(["a", "b"], now=NOON) == [0, 0]
    assert time.monotonic() - began < 2 * counters.REDIS_TIMEOUT_SECONDS + 0.2  # and the machine's own slowness

    began = time.monotonic()
    assert [made.count(["a", "b"], now=NOON) for _ in range(100)] == [[0, 0]] * 100
    assert time.monotonic() - began < counters.REDIS_TIMEOUT_SECONDS

    [warning] = [record for record in caplog.records if record.name == "rag_app.counters"]
    assert warning.levelno == logging.WARNING
    assert "hunter2" not in caplog.text


class Asked(RedisCounters):
    """Notes when Redis was asked."""

    def __init__(self, redis: Redis, moment: list[float]) -> None:
        super().__init__(redis, lambda: moment[0])
        self.asked: list[float] = []

    def _count(self, keys: Sequence[str], window: int) -> list[int]:
        self.asked.append(self._monotonic())
        return super()._count(keys, window)


def test_redis_is_asked_again_after_a_pause_and_one_warning_a_minute_is_enough(
    absent: str, caplog: pytest.LogCaptureFixture
) -> None:
    moment = [1000.0]
    made = Asked(Redis.from_url(absent, retry=Retry(NoBackoff(), 0)), moment)
    for seconds in (0, 4.9, 5, 9.9, 10, 60, 65):
        moment[0] = 1000.0 + seconds
        assert made.count(["a"], now=NOON) == [0]
    assert made.asked == [1000.0, 1005.0, 1010.0, 1060.0, 1065.0]
    assert len([record for record in caplog.records if record.name == "rag_app.counters"]) == 2


def test_a_redis_that_is_back_counts_again(
    absent: str, redis_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = redis_url
    made = counters.counters()
    assert isinstance(made, RedisCounters)
    assert made.count(["back"], now=NOON) == [1]
    sound, made._redis = made._redis, Redis.from_url(absent)
    assert made.count(["back"], now=NOON) == [0]
    made._redis = sound
    monkeypatch.setattr(made, "_resume_at", 0.0)
    assert made.count(["back"], now=NOON) == [2]
