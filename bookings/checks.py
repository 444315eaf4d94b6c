"""What is worth saying about the configuration before the first request."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Info, register
from django.core.checks import Warning as CheckWarning


@register("zoom")
def check_zoom(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Which way to Zoom is configured, where that is not the one to use."""
    if settings.ZOOM_EMBEDDED_SANDBOX:
        return [Info("No ZOOM_API_KEY: meetings are made in the development sandbox, not at Zoom.", id="bookings.I001")]
    if not settings.ZOOM_ACCOUNT_ID:
        hint = "Create a Server-to-Server OAuth app and set ZOOM_ACCOUNT_ID; the pair becomes its client id and secret."
        sentence = "Without ZOOM_ACCOUNT_ID the legacy JWT is sent, and Zoom ended JWT apps on 2023-09-08."
        return [CheckWarning(sentence, hint=hint, id="bookings.W001")]
    return []
