"""R, the measure of all others: a view that does nothing, for a caller who is known. Uses nothing of the project's own.

The least that any service with such tokens does: verify an ES256 token with PyJWT, load the user by the ORM.
"""

from functools import cache
from typing import Any

import jwt
from django.conf import settings
from django.contrib.auth import get_user_model
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@cache
def key() -> jwt.PyJWK:
    """The public key, fetched once."""
    return jwt.PyJWKClient(f"{settings.SUPABASE_URL}/auth/v1/.well-known/jwks.json").get_signing_keys()[0]


class Authentication(BaseAuthentication):
    """A bearer token, as PyJWT's documentation has it."""

    def authenticate(self, request: Request) -> tuple[Any, dict[str, Any]]:
        """The user and the claims."""
        raw = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        claims = jwt.decode(raw, key(), algorithms=["ES256"], audience="authenticated")
        return get_user_model().objects.get(id=claims["sub"]), claims


class Reference(APIView):
    """Says nothing."""

    authentication_classes = [Authentication]

    def get(self, request: Request) -> Response:
        """An empty answer."""
        return Response({})
