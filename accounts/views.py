"""The caller's own account."""

import datetime as dt
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.generics import GenericAPIView, RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from accounts.authentication.claims import Claims
from accounts.models import User
from accounts.serializers import AdminLinkSerializer, MeSerializer
from accounts.sign_in.one_time_link import LIFETIME, make_link
from accounts.supabase.client import SupabaseUnavailable, has_second_factor
from api_schema.requests import Nothing, StrictView, valid


class Me(StrictView, RetrieveUpdateAPIView[User]):
    """GET, PATCH: the caller's own names, time zone and, for teachers, profile."""

    serializer_class = MeSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        return caller(self.request)


class SupabaseAway(APIException):
    """503: Supabase cannot say whether a second factor is needed."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("Supabase cannot be asked at the moment. Please try again.")
    default_code = "unavailable"
    wait = 10


class AdminLink(StrictView, GenericAPIView[User]):
    """POST: an address at which a member of staff signs in to the admin, once."""

    serializer_class = AdminLinkSerializer
    http_method_names = ["post", "options"]

    def post(self, request: Request) -> Response:
        valid(Nothing(data=request.data))
        user, claims = caller(request), request.auth
        if not user.is_staff:
            raise PermissionDenied(_("Only teachers and staff can sign in to the admin"))
        if not isinstance(claims, Claims) or _lacks_second_factor(claims, request):
            raise PermissionDenied(_("Sign in with your second factor first"), code="second_factor_required")
        path = f"{reverse('admin-link')}?{urlencode({'link': make_link(user)})}"
        expires_at: dt.datetime = timezone.now() + LIFETIME
        address = request.build_absolute_uri(path)
        answer = self.get_serializer({"url": address, "expires_at": expires_at})
        return Response(answer.data, status=201, headers={"Cache-Control": "no-store", "Location": address})


def _lacks_second_factor(claims: Claims, request: Request) -> bool:
    """Return whether the token lacks a second factor that the school or the account requires."""
    if claims.has_second_factor:
        return False
    if settings.ADMIN_SECOND_FACTOR_REQUIRED:
        return True
    try:
        return has_second_factor(request.META["HTTP_AUTHORIZATION"].split()[1])
    except SupabaseUnavailable as error:
        raise SupabaseAway from error
