from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """What every page of the admin shares."""

    name = "backoffice"
