"""R, the unit of all measurements: a plain DRF view that verifies an ES256 token and loads the user with the ORM.

Any service with such tokens does at least this. It shares the server, the middleware (settings.MIDDLEWARE) and the
database connection with the views that are compared with it, and nothing else: no token cache, no compiled query, DRF's
own renderer and content negotiation, no throttling.
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
    """Verifies a bearer token as in PyJWT's documentation."""

    def authenticate(self, request: Request) -> tuple[Any, dict[str, Any]]:
        raw = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        claims = jwt.decode(raw, key(), algorithms=["ES256"], audience="authenticated")
        return get_user_model().objects.get(id=claims["sub"]), claims


class Reference(APIView):
    """R: returns `{}`."""

    authentication_classes = [Authentication]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = []

    def get(self, request: Request) -> Response:
        return Response({})


class Empty(APIView):
    """The same response with our authentication, throttling and renderer: the base cost of every API request."""

    def get(self, request: Request) -> Response:
        return Response({})
