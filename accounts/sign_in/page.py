"""The admin's sign-in page. If Supabase is unavailable it says so instead of calling the password wrong."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.supabase.client import CaptchaRequired, SecondFactorMissing, SupabaseUnavailable

UNAVAILABLE = _("Sign-in is unavailable at the moment; please try again in a minute.")
CAPTCHA = _(
    "Nobody can sign in here with a Supabase password, because the project asks for a captcha. Your password is not "
    "wrong. Please tell the site's operator, who finds more in docs/operations.md."
)
WRONG_CODE = _(
    "Please enter the correct email and password for a staff account, and the code that your authenticator app shows "
    "now."
)
# Django's own, whose Spanish would not say "tú".
DJANGOS = gettext_noop(
    "Please enter the correct %(username)s and password for a staff account. Note that both fields may be "
    "case-sensitive."
)


class SignInForm(AdminAuthenticationForm):
    """Name and password, and a code for users with an authenticator app."""

    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=16,
        help_text=_("Only if you use an authenticator app."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Authenticate. Raises ValidationError for wrong credentials, and if Supabase is unavailable."""
        words = self.cleaned_data
        if not (words.get("username") and words.get("password")):
            return words
        try:
            self.user_cache = authenticate(self.request, **words)
        except SecondFactorMissing as error:
            raise ValidationError(error.sentence, code="second_factor") from error
        except SupabaseUnavailable as error:
            self._count_local_failure(words["username"])
            sentence = CAPTCHA if isinstance(error, CaptchaRequired) else UNAVAILABLE
            raise ValidationError(sentence, code="unavailable") from error
        if self.user_cache is None:
            raise ValidationError(WRONG_CODE) if words.get("code") else self.get_invalid_login_error()
        self.confirm_login_allowed(self.user_cache)
        return words

    def _count_local_failure(self, name: str) -> None:
        """Count a wrong local password: an outage of Supabase must not allow guessing it."""
        email = name.strip().lower()
        if any(user.signs_in_locally for user in User.objects.filter(email=email, is_superuser=True)):
            user_login_failed.send(sender=__name__, credentials={"username": name}, request=self.request)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Show Django's page, with 503 if Supabase is unavailable."""
    page = admin.site.login(request)
    form = (getattr(page, "context_data", None) or {}).get("form")
    if form is not None and form.has_error(NON_FIELD_ERRORS, "unavailable"):
        page.status_code = 503
        page.headers["Retry-After"] = "60"
    return page
