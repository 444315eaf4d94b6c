"""Lockout after failed sign-ins, by django-axes: the name that a failure counts for, and the page once locked out.

Each failure is logged with the address and a masked name: e-mails are in no log, and some people type their password
there.
"""

import logging
import math
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.helpers import get_client_ip_address
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.pages import plain_page

logger = logging.getLogger(__name__)


class LockoutBackend(AxesStandaloneBackend):  # type: ignore[misc]  # axes has no types
    """Authenticates nobody; rejects locked-out users. Without a request, as in a shell, there is no address to lock."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raises PermissionDenied for a locked-out user."""
        if request is not None:
            super().authenticate(request, **credentials)


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the name as the backends look it up, so that another spelling gives no further tries."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(typed).strip().lower()[:255]


def locked_out(request: HttpRequest, *args: Any) -> HttpResponse:
    """Return the page for a locked-out name; it is the same whether or not the account exists."""
    return too_many_attempts(request, int(settings.AXES_COOLOFF_TIME.total_seconds()))


def too_many_attempts(request: HttpRequest, seconds: int) -> HttpResponse:
    """Return 429 with a page that says when to try again."""
    minutes = math.ceil(seconds / 60)
    sentence = ngettext(
        "Signing in failed too often. Please try again in %(n)d minute.",
        "Signing in failed too often. Please try again in %(n)d minutes.",
        minutes,
    )
    return plain_page(_("Too many attempts"), sentence % {"n": minutes}, status=429, retry_after=seconds)


# --- In the log -------------------------------------------------------------------------------------------------------


@receiver(user_login_failed)
def log_failure(request: HttpRequest | None, credentials: dict[str, Any], **signal: Any) -> None:
    """Log a failed sign-in: a wrong password, or a locked-out name."""
    if request is None:
        return
    name = masked(account_name(request, credentials))
    logger.warning("Sign-in to the admin failed for %s from %s.", name, get_client_ip_address(request))


@receiver(user_locked_out)
def log_lockout(request: HttpRequest, username: str, ip_address: str | None, **signal: Any) -> None:
    """Log that a name is locked out from an address (axes' signal)."""
    logger.warning("Sign-in to the admin is locked for %s from %s.", masked(username), ip_address)


def masked(name: str) -> str:
    """Return the first letters of the name and of its domain: `m***@e***`."""
    return "@".join(f"{ascii(part[:1])[1:-1]}***" for part in name.split("@", 1))
