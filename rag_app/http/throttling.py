"""Rate limits: how many requests one account and one address may send within a minute; above that, 429.

Windows are fixed minutes: they need only one atomic increment, but allow two minutes' worth of requests around the turn
of a minute.
"""

import math
import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from backoffice.pages import is_of_admin, plain_page
from rag_app.http.addresses import client_address
from rag_app.http.counters import WINDOW_SECONDS, Hit, Limit, counters

if TYPE_CHECKING:  # it imports this module itself, for the settings of REST_FRAMEWORK
    from rest_framework.views import APIView

# Requests a minute. A view names its own scope by `throttle_scope`.
PER_ACCOUNT = {
    "read": 300,  # a page of the single-page app takes five or six; nobody clicks through fifty pages a minute
    "explain": 30,  # for a person who wonders about a day; a month of reasons is the most expensive response
    "write": 60,  # one a second, for hours: not a person, but a script that sets a year's hours
    "confirm": 30,  # each waits for Zoom, and holds a thread meanwhile
    "export": 6,  # a person's whole history: nobody needs it twice
}
PER_ADDRESS = {
    # A school's pupils share one address: two hundred of them, each with a request every other second. What the limits
    # of their accounts refuse is not counted.
    "any": 6000,
    "webhook": 600,  # Zoom sends a few events for each meeting; a forged one costs us a hash
    # By a 401 a page learns that it must sign in again. A class whose tokens have run out at the same moment needs one
    # for each of the five or six requests that thirty pages have under way; a forged token costs us a signature.
    "bad token": 300,
    "sign-in": 30,  # the admin's, over all account names: axes counts each name by itself
}


class Limits(BaseThrottle):
    """DRF's hook: count a request for its account and, if that is within its limit, for its address; in one step."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not settings.THROTTLE_ENABLED:
            return True
        scope = getattr(view, "throttle_scope", None)
        if scope == "webhook":
            return _within(_by_address("webhook", request))
        everybody = _by_address("any", request)
        if not request.user:
            return _within(everybody)
        own = _by_account(request, scope)
        hit = _hit(own, everybody)
        if hit.counted is not None:
            view.headers |= _told(own, hit.counted)
        return hit.is_within

    def wait(self) -> float:
        return _seconds_left()


def refuse_flood(error: Exception, request: Request, view: "APIView") -> Throttled | None:
    """Throttle rejected requests, which DRF does not count; return a 429 once over the limit.

    Only rejected tokens are counted by address, so that no valid token is throttled because of others.
    """
    if not settings.THROTTLE_ENABLED:
        return None
    if isinstance(error, AuthenticationFailed):
        is_within = _within(_by_address("bad token", request))
    else:
        is_within = Limits().allow_request(request, view)
    return None if is_within else Throttled(_seconds_left())


View = Callable[[HttpRequest], HttpResponseBase]


def limit_sign_in(sign_in: View, refuse: Callable[[HttpRequest, int], HttpResponseBase]) -> View:
    """Return the view `sign_in` with a limit on forms sent from one address, above which `refuse` answers."""

    @wraps(sign_in)
    def limited(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not settings.THROTTLE_ENABLED or _within(_by_address("sign-in", request)):
            return sign_in(request)
        return refuse(request, _seconds_left())

    return limited


class AdminLimitsMiddleware:
    """Count pages of the admin for their reader's account and address, together with requests of the API."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.THROTTLE_ENABLED or not is_of_admin(request):
            return self.get_response(request)
        own = [_by_account(request)] if request.user.is_authenticated else []
        if _within(*own, _by_address("any", request)):
            return self.get_response(request)
        seconds = _seconds_left()
        sentence = ngettext(
            "Please try again in %(n)d second; nothing was changed.",
            "Please try again in %(n)d seconds; nothing was changed.",
            seconds,
        )
        return plain_page(_("Too many requests"), sentence % {"n": seconds}, status=429, retry_after=seconds)


def _by_account(request: Request | HttpRequest, scope: str | None = None) -> Limit:
    scope = scope or ("read" if request.method in ("GET", "HEAD", "OPTIONS") else "write")
    return f"{scope}:{request.user.pk}", PER_ACCOUNT[scope]


def _by_address(scope: str, request: HttpRequest) -> Limit:
    return f"{scope}:{client_address(request)}", PER_ADDRESS[scope]


def _within(*limits: Limit) -> bool:
    return _hit(*limits).is_within


def _hit(*limits: Limit) -> Hit:
    return counters().hit(limits, now=time.time())


def _told(limit: Limit, count: int) -> dict[str, str]:
    """Return the limit and what is left of it (datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers)."""
    name, most = limit[0].partition(":")[0], limit[1]
    left = max(most - count, 0)
    return {
        "RateLimit-Policy": f'"{name}";q={most};w={WINDOW_SECONDS}',
        "RateLimit": f'"{name}";r={left};t={_seconds_left()}',
    }


def _seconds_left() -> int:
    """Return the seconds to the next window, 1 to 60."""
    return WINDOW_SECONDS - math.floor(time.time() % WINDOW_SECONDS)
