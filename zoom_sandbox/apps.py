"""The app's registration."""

from django.apps import AppConfig


class ZoomSandboxConfig(AppConfig):
    """Development only: the part of Zoom's API that bookings use, so that everything runs without a Zoom account."""

    name = "zoom_sandbox"
    label = "zoom_sandbox"
    verbose_name = "Zoom sandbox"
    default_auto_field = "django.db.models.BigAutoField"
