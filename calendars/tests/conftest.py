"""The people of the bookings' tests."""

from bookings.tests.conftest import (  # noqa: F401  # fixtures
    alice,
    bob,
    carl,
    completed,
    confirmed,
    maria,
    pending,
    root,
)
