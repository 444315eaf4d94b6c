"""Addresses that fail in whatever way a test asks for."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rag_app.urls import handler400, handler403, handler404, handler500

SECRET = "postgresql://user:hunter2@db.internal"


class Failing(APIView):
    """Raises what a test puts here."""

    authentication_classes = []
    permission_classes = []
    error: Exception = RuntimeError()

    def get(self, request: Request) -> Response:
        raise self.error


def failing_outside(request: HttpRequest) -> HttpResponse:
    raise Failing.error


urlpatterns = [
    path("api/failing/", Failing.as_view()),
    path("api/outside/", failing_outside),
    path("elsewhere/", failing_outside),
]

# Django takes them from the module of the addresses.
__all__ = ["Failing", "handler400", "handler403", "handler404", "handler500", "urlpatterns"]
