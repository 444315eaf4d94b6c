from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from outbox import dispatch, loop
        from privacy.delivery import ErasureCourier
        from privacy.retention import remove_expired

        dispatch.register(ErasureCourier())
        loop.register(remove_expired)
