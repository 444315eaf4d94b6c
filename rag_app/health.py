"""Whether this process is alive."""

from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """Answers as long as the process serves requests; asks nobody else."""
    return JsonResponse({"status": "ok"})
