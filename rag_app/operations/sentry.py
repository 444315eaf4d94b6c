"""Report unexpected errors to Sentry: location and request, but no content."""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.types import Event, Hint

from bookings.errors import BookingError
from rag_app.operations.logs import request_id
from rag_app.operations.secret_paths import masked


def start() -> None:
    """Start reporting errors that are logged, or caught by Django or Celery. Call it once per process."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=settings.SENTRY_RELEASE or None,
        integrations=_integrations(),
        auto_enabling_integrations=False,
        before_send=reported,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        # The log has the context, under the request id.
        max_breadcrumbs=0,
        auto_session_tracking=False,
        # Send no Sentry headers to Zoom and Supabase.
        trace_propagation_targets=[],
    )
    # Its lines are about responses; the error behind a 500 is logged separately.
    ignore_logger("rag_app.operations.access_log")


def _integrations() -> list[Integration]:
    wanted: list[Integration] = [DjangoIntegration(middleware_spans=False, signals_spans=False, cache_spans=False)]
    if settings.CELERY_BROKER_URL:
        from sentry_sdk.integrations.celery import CeleryIntegration

        wanted.append(CeleryIntegration())
    return wanted


def reported(event: Event, hint: Hint) -> Event | None:
    """Return the event to send; None for a refusal, which in a task propagates to Celery.

    Of a request, the id, the method and the URL without query and secrets are sent; of a message its first line,
    because PostgreSQL puts the row's values into the second; of a task no arguments.
    """
    if isinstance(hint.get("exc_info", (None, None))[1], BookingError):
        return None
    event["tags"] = dict(event.get("tags") or {}) | {"request_id": request_id.get() or "none"}
    if request := event.get("request"):
        event["request"] = {name: masked(str(request[name])) for name in ("method", "url") if name in request}
    if "transaction" in event:  # the URL pattern, or the URL if no pattern matched
        event["transaction"] = masked(event["transaction"] or "")
    for exception in _exceptions(event):
        exception["value"] = masked(str(exception.get("value") or "").partition("\n")[0])
    event.pop("extra", None)
    return event


def _exceptions(event: Event) -> list[dict[str, Any]]:
    return (event.get("exception") or {}).get("values") or []
