"""The admin in the time zone of whoever reads it."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from wall_clock import zones


class AdminTimeZoneMiddleware:
    """Shows teachers their own wall clock in the admin. The API speaks UTC whoever asks, and is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers within the zone of whoever is signed in."""
        if not request.path_info.startswith("/admin/") or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zones.load(request.user.timezone)):
            return self.get_response(request)
