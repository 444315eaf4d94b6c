"""Whether this process is alive."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, JsonResponse


class AliveMiddleware:
    """Answers `/healthz` before anything else looks at the request, so that a probe needs no host name and no HTTPS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """`{"status": "ok"}` as long as the process serves requests; asks nobody else."""
        return JsonResponse({"status": "ok"}) if request.path == "/healthz" else self.get_response(request)
