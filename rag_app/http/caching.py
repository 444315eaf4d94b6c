"""What may be kept of the API's answers, and by whom."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag


class ApiCacheMiddleware:
    """Callers of the API may keep an answer, but ask before each use whether it still holds: 304 says so.

    No cache that several people share may keep it, and none may take one person's answer for another's. What a view
    says itself of how its answer may be kept stands. The admin's pages are not touched. Django's own middleware does
    the same for every page, and takes three times as long where nobody asks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Adds `Cache-Control` and `Vary`; to a GET's 200 also an `ETag`, and answers 304 where the caller has that."""
        response = self.get_response(request)
        if not request.path.startswith("/api/"):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        if request.method != "GET" or response.status_code != 200 or not isinstance(response, HttpResponse):
            return response
        if "no-store" in response.headers["Cache-Control"]:
            return response
        set_response_etag(response)
        if "HTTP_IF_NONE_MATCH" not in request.META:
            return response
        return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response
