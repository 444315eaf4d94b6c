"""The language of answers: what `Accept-Language` prefers, without cookies and sessions."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from backoffice.pages import ADMIN

TRANSLATED = ("/api/", ADMIN)


class LanguageMiddleware:
    """Answer in the language that the caller prefers. English, in which everything is written, costs nothing.

    In the admin `backoffice.middleware` then switches to the language that the signed-in person chose.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(TRANSLATED):
            return self.get_response(request)
        language = preferred(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        response = self._answer(request, language)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    def _answer(self, request: HttpRequest, language: str) -> HttpResponseBase:
        if language == settings.LANGUAGE_CODE:
            return self.get_response(request)
        with translation.override(language):
            return self.get_response(request)


def preferred(accepted: str) -> str:
    """Return the language that an `Accept-Language` header prefers among ours; English if it names none of them.

    Django's `get_language_from_request` reads a cookie, too. Its parser ignores malformed parts and long headers.
    """
    for code, quality in parse_accept_lang_header(accepted):
        if code == "*" or not quality:  # the best come first
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
