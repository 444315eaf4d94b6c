"""The caller's mail preferences, and unsubscribing."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.generics import RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView
from notifications import unsubscribing
from notifications.api.serializers import MailPreferencesSerializer
from notifications.models import MailPreferences


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
