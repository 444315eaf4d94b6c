from django.apps import AppConfig


class WorkplaceConfig(AppConfig):
    """The pages with which teachers and managers work every day."""

    name = "workplace"
