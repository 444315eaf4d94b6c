"""The caller's mail preferences, unsubscribing, and bounces."""

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView
from notifications import bounces, providers, unsubscribing
from notifications.api.serializers import MailPreferencesSerializer
from notifications.models import MailPreferences

logger = logging.getLogger(__name__)


class MailPreferencesView(StrictView, RetrieveUpdateAPIView[MailPreferences]):
    """GET, PATCH: which optional mails the caller wants."""

    serializer_class = MailPreferencesSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> MailPreferences:
        return MailPreferences.of(caller(self.request))


class UnsubscribeView(APIView):
    """POST, by mail programs: the token in the address says whom and from what."""

    authentication_classes = []
    permission_classes = []

    def post(self, request: Request, token: str) -> Response:
        kind = unsubscribing.unsubscribe(token)
        if kind is None:
            raise NotFound(_("This link is not valid"))
        return Response({"message": _("You will no longer get these mails"), "kind": kind})


class BouncesView(APIView):
    """POST, by the mail provider: what became of mails. anymail verifies the secret and the provider's signature."""

    authentication_classes = []
    permission_classes = []
    throttle_scope = "webhook"

    def post(self, request: Request) -> Response:
        """Return 204; 401 without the secret, 404 if no provider or no secret is configured."""
        provider = providers.current()
        if provider is None or not settings.EMAIL_WEBHOOK_SECRET:
            raise NotFound(_("No mail provider reports here"))
        bounces.take(_events(provider.webhook(), request._request), provider)
        return Response(status=204)


# Exceptions of anymail's parsers for a body that is not as the provider documents it.
MALFORMED = (ValueError, KeyError, TypeError, AttributeError)


def _events(view: Any, request: Any) -> list[Any]:
    """Return what anymail's view makes of the request. Raises Forged, ParseError and RequestDataTooBig."""
    from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure

    reader = view()
    try:
        reader.run_validators(request)
        found: list[Any] = reader.parse_events(request)
    except AnymailWebhookValidationFailure as error:
        raise Forged from error
    except (*MALFORMED, AnymailError, ImproperlyConfigured) as error:
        logger.warning("The mail provider sent what anymail cannot read: %s", type(error).__name__)
        raise ParseError(_("This is no event of the mail provider.")) from error
    return found


class Forged(APIException):
    """A message without the secret, or that the provider did not sign."""

    status_code = 401
    default_detail = gettext_lazy("The secret or the signature does not fit.")
    default_code = "bad_signature"
