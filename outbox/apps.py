from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Celery finds its task, and the heartbeats have their table; outboxes are other apps' tables."""

    name = "outbox"
