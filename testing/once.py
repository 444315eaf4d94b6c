"""One run is enough for tests that use no database, or whose result is the same on each: `make test` runs them with
SQLite, and `make test-postgres` leaves them out by `-m "not once"`.

A test uses no database where pytest-django would refuse it one. Nobody declares it, so nobody forgets to. Of the others
some are marked by hand: those of a rule or a protocol, which take long and show nothing that depends on the database.
"""

import pytest

FIXTURES = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})
LATE = "This test asks for the database while it runs, when it is counted as one without: name the fixture."


def uses_database(item: pytest.Function) -> bool:
    """Return whether the test may reach the database."""
    named = item.get_closest_marker("django_db") is not None or not FIXTURES.isdisjoint(item.fixturenames)
    return named or _unblocks(item)


def _unblocks(item: pytest.Function) -> bool:
    # Every test has this fixture by way of pytest-django's own; only other fixtures and tests lift the block by it.
    info = item._fixtureinfo  # pytest has no other way to ask which fixture wants which
    fixtures = [fixture for found in info.name2fixturedefs.values() for fixture in found]
    ours = (fixture for fixture in fixtures if not fixture.func.__module__.startswith("pytest_django"))
    return "django_db_blocker" in info.argnames or any("django_db_blocker" in fixture.argnames for fixture in ours)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use no database."""
    for item in items:
        if isinstance(item, pytest.Function) and not uses_database(item):
            item.add_marker("once")


@pytest.hookimpl
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> None:
    """Fail a test that gets the database by `getfixturevalue`, which collecting cannot see."""
    if fixturedef.argname in FIXTURES and isinstance(request.node, pytest.Function) and not uses_database(request.node):
        pytest.fail(LATE)
