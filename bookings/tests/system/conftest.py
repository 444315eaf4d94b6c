"""An installation and a broker for the tests of several processes."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker
from redis import Redis

from testing.redis import redis_server
from testing.site import Site, site


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    with django_db_blocker.unblock(), site(tmp_path_factory.mktemp("site")) as installed:
        yield installed


@pytest.fixture
def here(installed: Site) -> Iterator[Site]:
    """The installation, with nothing booked."""
    with installed.with_nothing_booked() as here:
        yield here


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def broker(redis_url: str) -> str:
    """The URL of a Redis with nothing queued."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    return redis_url
