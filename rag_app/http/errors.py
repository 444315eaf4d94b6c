"""The only builder of error responses: `{"error": "<one sentence>", "code": "<word>", "details"?: {...}}`."""

import logging
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig
from django.db import Error, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from backoffice.pages import ADMIN, is_of_admin, plain_page
from bookings.errors import BookingError, Busy, Forbidden, Missing, ZoomFailed
from rag_app.http import throttling

logger = logging.getLogger(__name__)

# The database is unavailable, or too busy.
DATABASE_FAILURES = (OperationalError, InterfaceError)
# Log only this much of a Host header: a name has at most 253 characters (RFC 1035), a header may have thousands.
MOST_OF_A_HOST = 260
DATABASE_AWAY = gettext_lazy("The service is busy. Please try again in a moment.")
FAILED = gettext_lazy("Something went wrong on our side.")
BOOKING_STATUS: dict[type[BookingError], int] = {Forbidden: 403, Missing: 404, ZoomFailed: 500, Busy: 503}


def body(sentence: str | Promise, code: str, details: Mapping[str, list[str]] | None = None) -> dict[str, Any]:
    """Return the body of an error, its sentence in the caller's language."""
    return {"error": str(sentence), "code": code} | ({"details": details} if details else {})


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of an API view into a response (DRF's hook); expected ones are not logged as faults."""
    set_rollback()
    if isinstance(error, BookingError):
        return _booking_answer(error)
    if isinstance(error, DATABASE_FAILURES):
        return _unavailable(error)
    error = _translated(error)
    if isinstance(error, exceptions.AuthenticationFailed | exceptions.PermissionDenied):
        error = throttling.refuse_flood(error, context["request"], context["view"]) or error
    if isinstance(error, exceptions.APIException):
        return _api_answer(error)
    return _unexpected(error)


def _translated(error: Exception) -> Exception:
    """Translate Django's exceptions to DRF's."""
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return exceptions.ParseError(_("The body is too large."))
    return error


def _booking_answer(error: BookingError) -> Response:
    status = next((BOOKING_STATUS[kind] for kind in type(error).__mro__ if kind in BOOKING_STATUS), 400)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Busy) else None
    return Response(body(error.sentence, error.code, error.details), status=status, headers=headers)


def _api_answer(error: exceptions.APIException) -> Response:
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    if isinstance(error, exceptions.ValidationError):
        details = _details(error.detail)
        field, sentences = next(iter(details.items()))
        sentence = sentences[0] if field == "non_field_errors" else f"{field}: {sentences[0]}"
        return Response(body(sentence, "invalid", details), status=error.status_code, headers=headers)
    code = error.get_codes()
    assert isinstance(code, str)
    return Response(body(str(error.detail), code), status=error.status_code, headers=headers)


def _details(detail: Any, field: str = "non_field_errors") -> dict[str, list[str]]:
    """Flatten DRF's nested error detail: {"profile.bio": ["…"]}."""
    if isinstance(detail, Mapping):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            nested = str(key) if field == "non_field_errors" else f"{field}.{key}"
            flat |= _details(value, nested)
        return flat
    return {field: [str(sentence) for sentence in detail]}


def _unavailable(error: Error) -> Response:
    logger.error("The database failed.", exc_info=error)
    return Response(body(DATABASE_AWAY, "unavailable"), status=503, headers={"Retry-After": "1"})


def _unexpected(error: Exception) -> Response:
    logger.error("An unexpected error reached the caller.", exc_info=error)
    return Response(body(FAILED, "server_error"), status=500)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer requests that Django refuses: an unknown Host header, or a body that is too large."""
    return JsonResponse(body(_("The request could not be understood."), "bad_request"), status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 outside the API's views."""
    if is_of_admin(request):
        return plain_page(_("No access"), _("This page is not for your account."), status=403)
    return JsonResponse(body(_("You do not have permission to do this."), "permission_denied"), status=403)


def not_authenticated(request: HttpRequest) -> JsonResponse:
    """Answer 401 for a page with a token of its own, outside the API's views."""
    answer = JsonResponse(body(_("The token is missing or wrong."), "not_authenticated"), status=401)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_of_admin(request):
        return plain_page(_("Nothing here"), _("There is nothing at this address, or it is not yours."), status=404)
    # People who type a URL forget the slash.
    if not request.path_info.endswith("/") and _is_address(f"{request.path_info}/"):
        return JsonResponse(body(_("There is nothing at this address; it ends with a slash."), "not_found"), status=404)
    return JsonResponse(body(_("There is nothing at this address."), "not_found"), status=404)


def _is_address(path: str) -> bool:
    try:
        return resolve(path).url_name is not None  # the catch-all has no name
    except Resolver404:
        return False


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check: mostly the page was open while its reader signed out, or in again."""
    if not is_of_admin(request):
        return permission_denied(request)
    sentence = _("This form is no longer valid, and nothing was changed. Go back, reload the page and send it again.")
    return plain_page(_("The form has expired"), sentence, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer the failure being handled outside the API's views; the caller has logged it."""
    if isinstance(sys.exception(), DATABASE_FAILURES):
        return database_away(request)
    return JsonResponse(body(FAILED, "server_error"), status=500)


def database_away(request: HttpRequest) -> HttpResponse:
    """Answer 503 outside the API's views: in the admin a page that needs no database."""
    if is_of_admin(request):
        return plain_page(_("Temporarily unavailable"), str(DATABASE_AWAY), status=503, retry_after=1)
    return JsonResponse(body(DATABASE_AWAY, "unavailable"), status=503, headers={"Retry-After": "1"})


class JsonErrorsMiddleware:
    """Answers API errors as JSON even with DEBUG, instead of Django's HTML debug pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse an unknown host here, because Django would answer with an HTML page."""
        try:
            request.get_host()
        except DisallowedHost:
            host = ascii(request.META.get("HTTP_HOST", ""))[:MOST_OF_A_HOST]
            logger.warning("A request for the host %s was refused; ALLOWED_HOSTS names those that are served.", host)
            return bad_request(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer uncaught exceptions. Except for 404, the admin keeps Django's pages."""
        if isinstance(error, Http404) and request.path.startswith(("/api/", ADMIN)):
            return not_found(request)
        if not request.path.startswith("/api/"):
            return None
        logger.error("An unexpected error reached the caller.", exc_info=error)
        return server_error(request)
