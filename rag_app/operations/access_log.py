"""Log and measure each request, and assign the request id for all its log lines."""

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
    """Takes the request id from `X-Request-ID` or makes one, returns it, and logs how the request ended.

    The outermost middleware. Logs 5xx as errors, everything else as information, and probes not at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request with its id set for logging."""
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
    # The pattern, such as api/bookings/bookings/<pk>/; None if no route matched.
    route = (request.resolver_match and request.resolver_match.route) or None
    count_request(request.method, route, status=status, seconds=seconds)
    level = logging.ERROR if status >= 500 else logging.INFO
    if not logger.isEnabledFor(level):
        return
    path, milliseconds = iri_to_uri(request.path)[:MAX_PATH_LENGTH], round(seconds * 1000, 2)
    words = (request.method, path, status, milliseconds)
    # `logger.log` would look for this line of code and copy all fields, which takes longer than writing the line.
    record = logging.LogRecord(logger.name, level, __file__, 0, "%s %s: %d in %.1f ms", words, None)
    record.of_request = {
        "caller": _caller(request),
        "method": request.method,
        "route": route,
        "path": path,
        "status": status,
        "milliseconds": milliseconds,
    }
    logger.handle(record)


def _caller(request: HttpRequest) -> str | None:
    """Return the account's id if it is already known: logging must not query the database."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):  # of a session, which Django loads lazily
        user = getattr(request, "_cached_user", None)
    return str(user.pk) if user is not None and user.pk else None
