from django.apps import AppConfig


class WorkplaceConfig(AppConfig):
    """Pages for the daily work of teachers and managers."""

    name = "workplace"
