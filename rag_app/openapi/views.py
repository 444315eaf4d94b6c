"""The document itself and its two pages, for everybody; every file comes from this site."""

import functools
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.views import APIView

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


@functools.cache
def document() -> bytes:
    """docs/openapi.yaml as `make schema` wrote it: to generate it takes half a second."""
    return DOCUMENT.read_bytes()


@method_decorator(cache_control(public=True, max_age=300), name="get")
class DocumentView(APIView):
    """The OpenAPI document."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """YAML (RFC 9512), the same for everybody."""
        return HttpResponse(document(), content_type="application/yaml")


class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI: paste a token under "Authorize", and try the API out. No script is inline."""


class RedocView(SpectacularRedocView):
    """Redoc, without the fonts that its own template takes from elsewhere."""

    template_name = "rag_app/redoc.html"
