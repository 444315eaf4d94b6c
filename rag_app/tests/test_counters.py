"""rag_app.http.counters: exact under concurrency, forgetful by the minute, and harmless when Redis is away."""

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

from rag_app.http import counters
from rag_app.http.counters import Counters, Hit, Limit, MemoryCounters, RedisCounters
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


def test_each_key_is_counted_separately(counted: Counters) -> None:
    assert counted.hit([("a", 1), ("b", 1)], now=NOON).is_within
    assert counted.hit([("a", 2), ("c", 1)], now=NOON + 59).is_within
    assert not counted.hit([("a", 2)], now=NOON).is_within
    assert not counted.hit([("b", 1)], now=NOON).is_within


def test_a_hit_that_one_limit_refuses_is_not_counted_by_later_limits(counted: Counters) -> None:
    assert [counted.hit([("own", 2), ("all", 3)], now=NOON).is_within for _ in range(9)] == [True] * 2 + [False] * 7
    assert [counted.hit([("another", 9), ("all", 3)], now=NOON).is_within for _ in range(3)] == [True, False, False]


def test_the_count_of_the_first_limit_is_returned(counted: Counters) -> None:
    limits = [("own", 2), ("all", 9)]
    assert [counted.hit(limits, now=NOON) for _ in range(3)] == [Hit(True, 1), Hit(True, 2), Hit(False, 3)]
    assert counted.hit(limits, now=NOON + 60) == Hit(True, 1)


def test_each_minute_starts_a_new_count(counted: Counters) -> None:
    assert counted.hit([("a", 1)], now=NOON + 59).is_within
    assert counted.hit([("a", 1)], now=NOON + 60).is_within
    assert not counted.hit([("a", 1)], now=NOON + 61).is_within


def test_no_hit_is_lost_between_threads(counted: Counters) -> None:
    most = THREADS * EACH - 10

    def hit(_: int) -> int:
        return sum(counted.hit([("a", most), ("b", most)], now=NOON).is_within for _ in range(EACH))

    with ThreadPoolExecutor(THREADS) as threads:
        assert sum(threads.map(hit, range(THREADS))) == most


def test_processes_share_what_redis_counts(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    assert counters.counters().hit([("shared", 1)], now=NOON).is_within
    counters.counters.cache_clear()
    assert not counters.counters().hit([("shared", 1)], now=NOON).is_within


def test_every_redis_key_expires(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    counters.counters().hit([("fleeting", 1)], now=NOON)
    redis = Redis.from_url(redis_url)
    left = {int(redis.ttl(key)) for key in redis.scan_iter("throttle:*:fleeting")}
    redis.close()
    assert left
    assert left <= set(range(1, 121))


def test_a_hit_takes_one_round_trip(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    redis = Redis.from_url(redis_url)
    limits = [("one", 9), ("trip", 9)]
    counters.counters().hit(limits, now=NOON)
    before = redis.info("stats")["total_reads_processed"]
    counters.counters().hit(limits, now=NOON)
    # One of them is this question's own.
    assert redis.info("stats")["total_reads_processed"] == before + 2
    redis.close()


def test_the_script_is_sent_again_if_redis_has_lost_it(redis_url: str, settings: Settings) -> None:
    settings.REDIS_URL = redis_url
    assert counters.counters().hit([("told", 1)], now=NOON).is_within
    redis = Redis.from_url(redis_url)
    redis.script_flush()
    redis.close()
    assert not counters.counters().hit([("told", 1)], now=NOON).is_within


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
def test_without_redis_requests_pass_with_little_delay(
    broken: str, request: pytest.FixtureRequest, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = request.getfixturevalue(broken)
    made = counters.counters()
    began = time.monotonic()
    assert made.hit([("a", 0), ("b", 0)], now=NOON).is_within
    assert made.hit([("a", 0)], now=NOON).counted is None
    assert time.monotonic() - began < 2 * counters.REDIS_TIMEOUT_SECONDS + 1  # and the machine's own slowness

    began = time.monotonic()
    assert all(made.hit([("a", 0), ("b", 0)], now=NOON).is_within for _ in range(100))
    assert time.monotonic() - began < 10 * counters.REDIS_TIMEOUT_SECONDS

    [warning] = [record for record in caplog.records if record.name == "rag_app.http.counters"]
    assert warning.levelno == logging.WARNING
    assert "hunter2" not in caplog.text


class Asked(RedisCounters):
    """Notes when Redis was asked."""

    def __init__(self, redis: Redis, moment: list[float]) -> None:
        super().__init__(redis, lambda: moment[0])
        self.asked: list[float] = []

    def _hit(self, limits: Sequence[Limit], window: int) -> Hit:
        self.asked.append(self._monotonic())
        return super()._hit(limits, window)


def test_redis_is_retried_after_a_pause_with_one_warning_per_minute(
    absent: str, caplog: pytest.LogCaptureFixture
) -> None:
    moment = [1000.0]
    made = Asked(Redis.from_url(absent, retry=Retry(NoBackoff(), 0)), moment)
    for seconds in (0, 4.9, 5, 9.9, 10, 60, 65):
        moment[0] = 1000.0 + seconds
        assert made.hit([("a", 0)], now=NOON).is_within
    assert made.asked == [1000.0, 1005.0, 1010.0, 1060.0, 1065.0]
    assert len([record for record in caplog.records if record.name == "rag_app.http.counters"]) == 2


def test_counting_resumes_when_redis_is_back(
    absent: str, redis_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = redis_url
    made = counters.counters()
    assert isinstance(made, RedisCounters)
    assert not made.hit([("back", 0)], now=NOON).is_within
    sound = made._script.registered_client
    made._script.registered_client = Redis.from_url(absent)
    assert made.hit([("back", 0)], now=NOON).is_within
    made._script.registered_client = sound
    monkeypatch.setattr(made, "_resume_at", 0.0)
    assert not made.hit([("back", 0)], now=NOON).is_within
