"""The people of the bookings' tests, and Supabase."""

from accounts.tests.conftest import supabase  # noqa: F401  # fixture
from bookings.tests.conftest import (  # noqa: F401  # fixtures
    alice,
    bob,
    carl,
    completed,
    confirmed,
    maria,
    pending,
    root,
    zoom,
)
