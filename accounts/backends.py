"""Authentication backends of the admin: local passwords for superusers, Supabase passwords for teachers.

With DEBUG and without a Supabase project, teachers do so with a token of `manage.py dev_token`.
"""

import logging
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.http import HttpRequest

from accounts.authentication.claims import Claims, TokenError
from accounts.authentication.provisioning import account_for
from accounts.authentication.tokens import verifier
from accounts.models import User
from accounts.supabase.client import SupabaseUnavailable, sign_in

logger = logging.getLogger(__name__)


class LocalPasswordBackend(ModelBackend):
    """Superusers made by `createsuperuser`. Permissions of superusers and of groups come from here, too."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the active superuser with this e-mail and password, or None."""
        if username is None or password is None:
            return None
        user = User.objects.filter(email=username.strip().lower(), is_superuser=True).first()
        if user is None:
            # Like Django: an unknown e-mail takes as long as a wrong password.
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None


class StaffBackend(BaseBackend):
    """Staff who are authenticated by Supabase claims."""

    def staff(self, claims: Claims | None) -> User | None:
        """Return the active member of staff whom the claims name, or None."""
        user = account_for(claims) if claims else None
        return user if user and user.is_active and user.is_staff else None

    def get_user(self, user_id: uuid.UUID) -> User | None:
        """Return the session's account if it is active."""
        user = User.objects.by_id(user_id)
        return user if user and user.is_active else None


class SupabaseBackend(StaffBackend):
    """Teachers, and superusers who have a Supabase account, with the e-mail and password that they have there."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        code: str = "",
        **kwargs: Any,
    ) -> User | None:
        """Return the active member of staff whom Supabase knows by these, or None.

        Raises SupabaseUnavailable or SecondFactorMissing, which Django's `authenticate` does not count as failed
        sign-ins.
        """
        try:
            session = sign_in((username or "").strip(), password or "", code.strip())
        except SupabaseUnavailable as error:
            logger.warning("Supabase could not be reached for a sign-in: %s", error)
            raise
        user = self.staff(session.claims) if session else None
        if user and session:
            user.refresh_token = session.refresh_token
        return user


class DevTokenBackend(StaffBackend):
    """Development only: teachers with their e-mail, and a token of `manage.py dev_token` for a password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the active member of staff whom the token names, if the e-mail matches; else None.

        The settings name this backend with DEBUG and without SUPABASE_URL only; it looks again for itself.
        """
        if not settings.DEBUG or settings.SUPABASE_URL:
            return None
        try:
            user = self.staff(verifier().verify(password or ""))
        except TokenError:
            return None
        return user if user and user.email == (username or "").strip().lower() else None
