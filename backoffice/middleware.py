"""Show the admin in its reader's time zone."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from wall_clock import zones


class AdminTimeZoneMiddleware:
    """Show readers of the admin their own wall clock; the API always speaks UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/admin/") or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zones.load(request.user.timezone)):
            return self.get_response(request)
