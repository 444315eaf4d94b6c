"""One line and one measurement for each request, and the id by which all its lines are found."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.encoding import iri_to_uri
from django.utils.functional import SimpleLazyObject

from rag_app.operations.logs import request_id
from rag_app.operations.metrics import count_request
from rag_app.operations.pages import PAGES

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
MAX_PATH_LENGTH = 200
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class AccessLogMiddleware:
    """Takes the request's id from `X-Request-ID` or makes one, answers with it, and tells how the request ended.

    It stands around everything else. A 5xx is told as an error, all else as information, and of probes nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Passes the request on, within its id."""
        started = time.perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        own_id = given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(own_id)
        try:
            response = self.get_response(request)
            response.headers[HEADER] = own_id
            if request.path not in PAGES:
                _tell(request, response.status_code, time.perf_counter() - started)
        finally:
            request_id.reset(token)
        return response


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    # The pattern, such as api/bookings/bookings/<pk>/; None where nothing was looked up or found.
    route = (request.resolver_match and request.resolver_match.route) or None
    count_request(request.method, route, status=status, seconds=seconds)
    path, milliseconds = iri_to_uri(request.path)[:MAX_PATH_LENGTH], round(seconds * 1000, 2)
    logger.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "%s %s: %d in %.1f ms",
        request.method,
        path,
        status,
        milliseconds,
        extra={
            "caller": _caller(request),
            "method": request.method,
            "route": route,
            "path": path,
            "status": status,
            "milliseconds": milliseconds,
        },
    )


def _caller(request: HttpRequest) -> str | None:
    """The id of the account, where somebody has asked who is calling: to tell it nothing is read from the database."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):  # of a session, which Django loads when it is first needed
        user = getattr(request, "_cached_user", None)
    return str(user.pk) if user is not None and user.pk else None
