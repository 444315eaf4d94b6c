"""Let `requests` call the sandbox in this process: same thread, same database connection, no network."""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.urls import resolve
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse


class InProcessAdapter(BaseAdapter):
    """A transport adapter that resolves the path in the URLconf and calls the view.

    No middleware runs and no request signals are sent: the caller's own request goes on around it, and the signals
    would close its database connection.
    """

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # the signature is requests' own
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002  # likewise
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the view's response as `requests` would build it from the network."""
        answer = _answer(WSGIRequest(_environ(request)))
        raw = HTTPResponse(
            body=BytesIO(answer.content),
            headers=dict(answer.items()),
            status=answer.status_code,
            reason=HTTPStatus(answer.status_code).phrase,
            preload_content=False,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing to close."""


def _answer(request: WSGIRequest) -> HttpResponse:
    try:
        view, args, kwargs = resolve(request.path_info)
        answer: HttpResponse = view(request, *args, **kwargs)
    except Http404:
        return HttpResponse(status=404)
    return answer


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    """Return the request's WSGI environ (PEP 3333)."""
    url = urlsplit(request.url or "")
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else body
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    return headers | {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(content),
    }
