"""Tests of what SQLite does not have (`@pytest.mark.postgresql`) are left out of the run with SQLite.

That run skips nothing, so that in CI a skip is a failure (testing/skips.py): the run with PostgreSQL has them all.
"""

import pytest
from django.db import connection


@pytest.hookimpl
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect them where the database is another."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgresql")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
