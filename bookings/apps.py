"""The bookings app."""

from django.apps import AppConfig
from django.conf import settings


class BookingsConfig(AppConfig):
    """Registers the system checks, and lets the outbox hear of what services leave for it."""

    name = "bookings"
    # In the admin, above the bookings.
    verbose_name = "Tutoring"

    def ready(self) -> None:
        """Called once, when every app is loaded."""
        from bookings import checks  # noqa: F401  # registers itself

        if settings.CELERY_BROKER_URL:
            from bookings import tasks

            tasks.listen()
        else:
            from bookings import outbox

            outbox.listen()
