"""The bookings app."""

from django.apps import AppConfig


class BookingsConfig(AppConfig):
    """Registers the system checks, and lets the outbox hear of what services leave for it."""

    name = "bookings"

    def ready(self) -> None:
        """Called once, when every app is loaded."""
        from bookings import checks, outbox  # noqa: F401  # needs the models

        outbox.listen()
