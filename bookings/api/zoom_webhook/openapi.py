"""The operation that Zoom calls."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import refusal


class ZoomValidationSerializer(serializers.Serializer[Any]):
    """Proof that the service knows the secret of the event subscription."""

    plainToken = serializers.CharField()  # noqa: N815  # Zoom's names
    encryptedToken = serializers.CharField()  # noqa: N815


# Anything that Zoom signs is accepted: types would promise a refusal.
ZOOM_EVENT = {
    "type": "object",
    "description": "An event as Zoom describes it: developers.zoom.us/docs/api/webhooks.",
    "properties": {
        "event": {"description": "A string such as `endpoint.url_validation` or `meeting.ended`."},
        "event_ts": {"description": "Milliseconds since 1970."},
        "payload": {"description": "An object; what it holds depends on the event."},
    },
}


def _signature(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=description)


class ZoomWebhook(Documented):
    """Events from Zoom."""

    target_class = "bookings.api.zoom_webhook.views.ZoomWebhookView"
    tag = "Zoom"
    operations = {
        "post": operation(
            "receiveZoomEvent",
            "Events from Zoom",
            "For Zoom only, which signs each message instead of sending a token "
            "(developers.zoom.us/docs/api/webhooks). `meeting.started`, `meeting.ended`, `meeting.updated` and "
            "`meeting.deleted` are processed; other events are accepted and ignored.",
            {
                200: OpenApiResponse(ZoomValidationSerializer, "The response to `endpoint.url_validation`."),
                204: OpenApiResponse(description="Accepted."),
                401: refusal(
                    "Not signed by Zoom, or signed too long ago.", bad_signature="The signature does not fit."
                ),
            },
            auth=[],
            parameters=[
                _signature("x-zm-request-timestamp", "Seconds since 1970, at most two hours ago."),
                _signature("x-zm-signature", "`v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}` in hexadecimal."),
            ],
            request={"application/json": ZOOM_EVENT},
        )
    }
