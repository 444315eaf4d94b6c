"""The address that a one-time link leads to."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from accounts.sign_in.one_time_link import use_link
from backoffice.pages import plain_page

BACKEND = "accounts.backends.SupabaseBackend"
USED = gettext_lazy("The link has been used or has expired. Go back to the app and ask for another.")


@never_cache
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with the link's secret, which is in the query string because paths are logged."""
    secret = request.GET.get("link", "").replace("\0", "")
    user = use_link(secret, now=timezone.now())
    if user is None:
        return plain_page(_("This link no longer works"), str(USED), status=403)
    login(request, user, backend=BACKEND)
    answer = redirect("admin:index")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
