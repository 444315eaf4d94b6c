"""R, the unit of all measurements: a plain DRF view that verifies an ES256 token and loads the user by the ORM.

It is what any service with such tokens does at the least. It shares the server, Django's and our middleware
(settings.MIDDLEWARE) and the database connection with the views that it is compared with, and nothing else: no token
cache, no compiled query, and DRF's own renderer and content negotiation; it counts no requests.
"""

from functools import cache
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@cache
def key() -> jwt.PyJWK:
    """Return the public key, fetched once."""
    return jwt.PyJWKClient(f"{settings.SUPABASE_URL}/auth/v1/.well-known/jwks.json").get_signing_keys()[0]


class Authentication(BaseAuthentication):
    """A bearer token, as PyJWT's documentation has it."""

    def authenticate(self, request: Request) -> tuple[Any, dict[str, Any]]:
        raw = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        claims = jwt.decode(raw, key(), algorithms=["ES256"], audience="authenticated")
        return get_user_model().objects.get(id=claims["sub"]), claims


class Reference(APIView):
    """R: answers `{}`."""

    authentication_classes = [Authentication]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = []

    def get(self, request: Request) -> Response:
        return Response({})


class Empty(APIView):
    """The same answer by our own sign-in, limits and renderer: what every request of the API pays."""

    def get(self, request: Request) -> Response:
        return Response({})
