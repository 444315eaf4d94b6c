from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """An app for the Celery task and the heartbeats; outboxes are tables of other apps."""

    name = "outbox"
