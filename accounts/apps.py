"""The app's start."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is calling."""

    name = "accounts"

    def ready(self) -> None:
        """Registers the system checks."""
        from accounts import checks  # noqa: F401  # registers itself
