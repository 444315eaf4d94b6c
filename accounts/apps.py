"""App configuration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is calling."""

    name = "accounts"

    def ready(self) -> None:
        """Register the system checks and the receivers of sign-in signals."""
        from accounts import checks  # noqa: F401  # they register themselves
        from accounts.sign_in import lockout, session  # noqa: F401  # they register themselves
