"""The admin's sign-in page, which calls no password wrong that nobody could check: Supabase may be away."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.supabase.client import SupabaseUnavailable

UNAVAILABLE = "Sign-in is unavailable at the moment; please try again in a minute."


class SignInForm(AdminAuthenticationForm):
    """Name and password."""

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Looks for the account. Raises ValidationError for nobody, and where Supabase could not be asked."""
        try:
            return super().clean()
        except SupabaseUnavailable as error:
            self._count_local_failure(self.cleaned_data["username"])
            raise ValidationError(UNAVAILABLE, code="unavailable") from error

    def _count_local_failure(self, name: str) -> None:
        """A superuser's password was checked here, and was wrong: an outage is no time for guessing it."""
        email = name.strip().lower()
        if any(user.signs_in_locally for user in User.objects.filter(email=email, is_superuser=True)):
            user_login_failed.send(sender=__name__, credentials={"username": name}, request=self.request)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Django's page, with 503 where Supabase could not be asked."""
    page = admin.site.login(request)
    form = (getattr(page, "context_data", None) or {}).get("form")
    if form is not None and form.has_error(NON_FIELD_ERRORS, "unavailable"):
        page.status_code = 503
        page.headers["Retry-After"] = "60"
    return page
