"""Webhooks from Zoom."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookings.services import zoom_events


class ZoomWebhookView(APIView):
    """Receives Zoom's events, authenticated by the signature of the body."""

    authentication_classes = []
    permission_classes = []
    throttle_scope = "webhook"

    def post(self, request: Request) -> Response:
        """Return 204, or the response to Zoom's validation; 401 without Zoom's signature."""
        secret, now = settings.ZOOM_WEBHOOK_SECRET_TOKEN, timezone.now()
        timestamp, signature = (request.headers.get(name, "") for name in ("x-zm-request-timestamp", "x-zm-signature"))
        if not zoom_events.is_genuine(
            body=request.body, timestamp=timestamp, signature=signature, secret=secret, now=now
        ):
            raise Forged
        if request.data.get("event") == zoom_events.URL_VALIDATION:
            return Response(zoom_events.validation(request.data, secret))
        zoom_events.take(request.data, now=now)
        return Response(status=204)


class Forged(APIException):
    """A message that Zoom did not sign, or signed too long ago."""

    status_code = 401
    default_detail = _("The signature does not fit.")
    default_code = "bad_signature"
