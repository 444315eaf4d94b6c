"""Zoom and Supabase."""

from accounts.tests.conftest import supabase  # noqa: F401  # fixture
from bookings.tests.conftest import zoom  # noqa: F401  # fixture
from bookings.tests.system.conftest import running, running_site  # noqa: F401  # fixtures
