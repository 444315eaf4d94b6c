from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """Shared code of the admin's pages."""

    name = "backoffice"
