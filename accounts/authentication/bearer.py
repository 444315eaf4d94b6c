"""Authenticate API requests: from the header to the claims to the account."""

import logging

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.authentication.claims import Claims, TokenError
from accounts.authentication.keys import KeysUnavailable
from accounts.authentication.provisioning import account_for
from accounts.authentication.tokens import verifier
from accounts.models import User

logger = logging.getLogger(__name__)


def caller(request: Request) -> User:
    """Return the caller of a view that requires an account."""
    assert isinstance(request.user, User)
    return request.user


class KeysOutOfReach(APIException):
    """503: the token may be valid, so this must not look like a sign-out. `wait` (seconds) fills Retry-After."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("Sign-in is unavailable at the moment. Please try again.")
    default_code = "keys_unavailable"

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


class SupabaseAuthentication(BaseAuthentication):
    """`Authorization: Bearer <Supabase access token>`. Other schemes are anonymous, and refused by the permissions."""

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """Return the account and the token's claims. Raises AuthenticationFailed (401) or KeysOutOfReach (503)."""
        raw = self._raw_token(request)
        if raw is None:
            return None
        claims = self._claims(raw)
        # A view may read the account together with its own rows.
        user = account_for(claims, read=getattr(request.parser_context.get("view"), "read_account", None))
        if not user.is_active:
            raise AuthenticationFailed(_("This account is not active."), code="account_inactive")
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """For WWW-Authenticate; without it DRF would answer 403 instead of 401."""
        return "Bearer"

    def _raw_token(self, request: Request) -> str | None:
        scheme, *rest = request.META.get("HTTP_AUTHORIZATION", "").split() or [""]
        if scheme.lower() != "bearer":
            return None
        if len(rest) != 1:
            raise AuthenticationFailed(TokenError.sentence, code="invalid_token")
        return str(rest[0])

    def _claims(self, raw: str) -> Claims:
        try:
            return verifier().verify(raw)
        except TokenError as error:
            logger.debug("A token was refused: %s", error.reason)
            raise AuthenticationFailed(TokenError.sentence, code="invalid_token") from error
        except KeysUnavailable as error:
            raise KeysOutOfReach(error.retry_after) from error
