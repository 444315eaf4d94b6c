"""Remember the address of the current request, for links that the visitor's browser can open."""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

DEFAULT_ADDRESS = "http://127.0.0.1:8000"

_address: ContextVar[str] = ContextVar("zoom_sandbox_address", default="")


def current_address() -> str:
    """Return scheme and host of the current request; outside of requests, PUBLIC_URL or what `runserver` has."""
    return _address.get() or settings.PUBLIC_URL or DEFAULT_ADDRESS


class AddressMiddleware:
    """Remembers the outer request's address for join links: the sandbox itself is called in process."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Keep the address while the request is handled."""
        before = _address.set(f"{request.scheme}://{request.get_host()}")
        try:
            return self.get_response(request)
        finally:
            _address.reset(before)
