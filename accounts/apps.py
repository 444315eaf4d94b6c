"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who is calling."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Register the system checks and the receivers of sign-in signals."""
        from accounts import checks  # noqa: F401  # they register themselves
        from accounts.sign_in import lockout, session  # noqa: F401  # they register themselves
