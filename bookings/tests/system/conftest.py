"""Running sites, an installation and a broker for the tests of several processes."""

import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker
from redis import Redis

from testing.redis import redis_server
from testing.site import Site, site
from testing.web_server import Server, connected_to, migrated_database, web_server


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
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


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Server]:
    """The site as it is served; the tests' own queries go to its database."""
    folder = tmp_path_factory.mktemp("site")
    with (
        django_db_blocker.unblock(),
        migrated_database(folder) as url,
        connected_to(url),
        web_server(url, folder) as server,
    ):
        yield server


@pytest.fixture(name="site")
def running_site(running: Server) -> Iterator[Server]:
    """The running site. Its log is told where the test fails, and no database was at a loss meanwhile."""
    before = deadlocks()
    yield running
    sys.stderr.write(running.log.read_text())
    assert deadlocks() == before


def deadlocks() -> int:
    """How many deadlocks PostgreSQL has had to break in this database."""
    if connection.vendor != "postgresql":
        return 0
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        # Connections report what they counted when they end; the site opens new ones. All are told, then awaited.
        cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")
        cursor.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
