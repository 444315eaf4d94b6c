"""Pages for operators: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from rag_app.operations import health, metrics

PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": health.alive,
    "/readyz": health.ready,
    "/metrics": metrics.page,
}


class OperationsMiddleware:
    """Answers before other middleware: probes come by IP address, without host name and HTTPS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the page, or pass the request on."""
        page = PAGES.get(request.path)
        return page(request) if page else self.get_response(request)
