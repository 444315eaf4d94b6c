from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """No tables of its own; an app, so that Celery finds its task."""

    name = "outbox"
