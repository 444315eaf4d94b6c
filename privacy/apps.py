from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from outbox import dispatch, loop
        from privacy.delivery import ErasureCourier
        from privacy.retention import remove_expired

        dispatch.register(ErasureCourier())
        loop.register(remove_expired)
