from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"

    def ready(self) -> None:
        from outbox import loop
        from privacy.retention import remove_expired

        loop.register(remove_expired)
