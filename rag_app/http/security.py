"""What the answers tell browsers to refrain from, and what becomes of a call of the API over plain HTTP.

Django's own middlewares set the rest: nosniff, Referrer-Policy, Cross-Origin-Opener-Policy, X-Frame-Options, HSTS.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponsePermanentRedirect, JsonResponse
from django.http.response import HttpResponseBase

from rag_app.http.errors import body

Answerer = Callable[[HttpRequest], HttpResponseBase]

POLICY = "Content-Security-Policy"
# JSON loads nothing and stands in no frame.
NOTHING = "default-src 'none'; frame-ancestors 'none'"
_PAGE = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'"
# Django's admin: scripts and styles in files, none in the page.
ADMIN = f"{_PAGE}; script-src 'self'; style-src 'self'; img-src 'self' data:"
# Swagger UI sets style attributes, and has its icons in its style sheet.
SWAGGER = f"{_PAGE}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
# Redoc searches in a worker that it makes out of a blob, and writes its styles into the page.
REDOC = f"{SWAGGER}; worker-src blob:"
# Development's join page.
SANDBOX = f"{_PAGE}; style-src 'unsafe-inline'"
POLICIES = {"/admin/": ADMIN, "/api/docs/": SWAGGER, "/api/redoc/": REDOC, "/zoom-sandbox/": SANDBOX}
# None of the pages uses any of it.
PERMISSIONS = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware:
    """Sets Content-Security-Policy and Permissions-Policy on every answer that has none of its own."""

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with both."""
        response = self.get_response(request)
        response.headers.setdefault(POLICY, _policy(request.path_info))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def _policy(path: str) -> str:
    return next((policy for start, policy in POLICIES.items() if path.startswith(start)), NOTHING)


class HttpsMiddleware:
    """Sends reading calls of the API over plain HTTP to HTTPS, as Django does with pages, and refuses those that write.

    A POST that is redirected comes back as a GET without its body, and the client's author would never know why.
    """

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer; 301 or 403 for plain HTTP where SECURE_SSL_REDIRECT asks for HTTPS."""
        is_plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if not is_plain or not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponsePermanentRedirect(f"https://{request.get_host()}{request.get_full_path()}")
        return JsonResponse(body("Use HTTPS: this call could be read on its way.", "https_required"), status=403)
