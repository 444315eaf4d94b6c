"""Pages of other origins (CORS)."""

from corsheaders import middleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers


class CorsMiddleware(middleware.CorsMiddleware):
    """The library's, which would parse all headers of a request to find that it has no `Origin`: 25 µs of 500."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "HTTP_ORIGIN" in request.META:
            return super().add_response_headers(request, response)
        if getattr(request, "_cors_enabled", False):  # as check_preflight found
            patch_vary_headers(response, ["origin"])
        return response
