"""Content-Security-Policy, Permissions-Policy, and calls of the API over plain HTTP.

Django's own middleware sets the rest: nosniff, Referrer-Policy, Cross-Origin-Opener-Policy, X-Frame-Options, HSTS.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from rag_app.http.errors import body

Answerer = Callable[[HttpRequest], HttpResponseBase]

POLICY = "Content-Security-Policy"
# JSON loads nothing and is never framed.
NOTHING = "default-src 'none'; frame-ancestors 'none'"
_PAGE = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'"
# Django's admin: scripts and styles in files, none inline.
ADMIN = f"{_PAGE}; script-src 'self'; style-src 'self'; img-src 'self' data:"
# Pages that show a mail in a frame, whose own address has a policy of its own (notifications/previews.py).
PREVIEWS = f"{ADMIN}; frame-src 'self'"
# Swagger UI sets style attributes, and has icons in its style sheet.
SWAGGER = f"{_PAGE}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
# Redoc searches in a worker that it makes out of a blob, and writes its styles into the page.
REDOC = f"{SWAGGER}; worker-src blob:"
# Development's join page.
SANDBOX = f"{_PAGE}; style-src 'unsafe-inline'"
# The first match counts.
POLICIES = {
    "/admin/notifications/message/previews/": PREVIEWS,
    "/admin/": ADMIN,
    "/api/docs/": SWAGGER,
    "/api/redoc/": REDOC,
    "/zoom-sandbox/": SANDBOX,
}
# No page uses any of these.
PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware:
    """Set both policies on every response that has none of its own."""

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(POLICY, _policy(request.path_info))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def _policy(path: str) -> str:
    return next((policy for start, policy in POLICIES.items() if path.startswith(start)), NOTHING)


class HttpsMiddleware:
    """Redirect GET and HEAD requests to the API from plain HTTP to HTTPS, and refuse all others with 403.

    Clients follow the redirect of a POST with a GET that has no body, which is hard to diagnose.
    """

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if not is_plain or not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
        return JsonResponse(body(_("Use HTTPS: this call could be read on its way."), "https_required"), status=403)
