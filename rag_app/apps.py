"""The app of the project itself."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from database.postgresql.base import DatabaseWrapper


class RagAppConfig(AppConfig):
    """Sets up Celery if there is a broker, and Sentry if there is a DSN; otherwise neither is imported."""

    name = "rag_app"

    def ready(self) -> None:
        """Called once, when every app is loaded."""
        pre_migrate.connect(_lift_limits)
        post_migrate.connect(_set_limits)
        if settings.CELERY_BROKER_URL:
            from rag_app import celery

            celery.app.set_default()
        if settings.SENTRY_DSN:
            from rag_app.operations import sentry

            sentry.start()


def _lift_limits(using: str, **_: Any) -> None:
    """Lift the time limits of requests for migrations."""
    if isinstance(connection := connections[using], DatabaseWrapper):
        connection.lift_limits()


def _set_limits(using: str, **_: Any) -> None:
    if isinstance(connection := connections[using], DatabaseWrapper):
        connection.set_limits()
