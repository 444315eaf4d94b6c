"""Remembers at which address the site is being visited, for links that the visitor's browser can open."""

from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

DEFAULT_ADDRESS = "http://127.0.0.1:8000"

_address: ContextVar[str] = ContextVar("zoom_sandbox_address", default=DEFAULT_ADDRESS)


def current_address() -> str:
    """Scheme and host of the request that is being answered; outside of requests, where `runserver` listens."""
    return _address.get()


class AddressMiddleware:
    """The sandbox answers inside other requests, at an address that only this process knows: join links need theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Keeps the address for as long as the request is being answered."""
        before = _address.set(f"{request.scheme}://{request.get_host()}")
        try:
            return self.get_response(request)
        finally:
            _address.reset(before)
