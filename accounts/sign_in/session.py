"""Lifetime of admin sessions: a working day, and no longer than the underlying Supabase session.

Supabase ends its sessions when a password changes, or a person signs out everywhere or is banned, without notifying
anybody. So a request renews the Supabase session every ten minutes, and finds out.
"""

import base64
import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.authentication.provisioning import account_for
from accounts.models import User
from accounts.supabase.client import SupabaseUnavailable, renew
from backoffice.pages import is_of_admin

logger = logging.getLogger(__name__)

WORKING_DAY = dt.timedelta(hours=12)
SECONDS_BETWEEN_RENEWALS = 600
TOKEN, RENEWED_AT = "supabase_refresh_token", "supabase_renewed_at"


@receiver(user_logged_in)
def begin(request: HttpRequest, user: User, **_: object) -> None:
    """Set the session's lifetime and keep the token that renews Supabase's session, encrypted in the database."""
    now = time.time()
    request.session.set_expiry(dt.datetime.fromtimestamp(now, dt.UTC) + WORKING_DAY)
    if user.refresh_token:
        request.session[TOKEN], request.session[RENEWED_AT] = _seal(user.refresh_token), now
        user.refresh_token = ""


class StaffSessionMiddleware:
    """End an admin session once Supabase has ended its own. While Supabase is unavailable, sessions go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_of_admin(request) and _is_due(request) and not _renew(request):
            logout(request)
        return self.get_response(request)


def _is_due(request: HttpRequest) -> bool:
    return TOKEN in request.session and time.time() - request.session[RENEWED_AT] >= SECONDS_BETWEEN_RENEWALS


def _renew(request: HttpRequest) -> bool:
    """Renew Supabase's session. Return False only if Supabase has ended it."""
    request.session[RENEWED_AT] = time.time()
    try:
        session = renew(_open(request.session[TOKEN]))
    except InvalidToken:
        return False
    except SupabaseUnavailable as error:
        logger.warning("Supabase could not be reached to renew a session: %s", error)
        return True
    if session is None or session.claims.user_id != request.user.pk:
        return False
    request.session[TOKEN] = _seal(session.refresh_token)
    return account_for(session.claims).is_active


def _cipher() -> Fernet:
    key = hashlib.sha256(f"{__name__}:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _seal(token: str) -> str:
    return _cipher().encrypt(token.encode()).decode()


def _open(sealed: str) -> str:
    return _cipher().decrypt(sealed.encode()).decode()
