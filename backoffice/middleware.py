"""Show the admin in its reader's time zone and language."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from wall_clock import zones


class ReaderMiddleware:
    """Show readers of the admin their own wall clock, and the language they chose; the API always speaks UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/admin/") or not request.user.is_authenticated:
            return self.get_response(request)
        # Without a choice, the language is that of LanguageMiddleware.
        language = request.user.language or translation.get_language()
        with timezone.override(zones.load(request.user.timezone)), translation.override(language):
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response
