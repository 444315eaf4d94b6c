"""The project itself, as an app."""

from django.apps import AppConfig
from django.conf import settings


class RagAppConfig(AppConfig):
    """Sets Celery up where there is a broker, and Sentry where there is a project; else neither is imported."""

    name = "rag_app"

    def ready(self) -> None:
        """Called once, when every app is loaded."""
        if settings.CELERY_BROKER_URL:
            from rag_app import celery

            celery.app.set_default()
        if settings.SENTRY_DSN:
            from rag_app.operations import sentry

            sentry.start()
