"""The OpenAPI document and its two pages, public and without files from other sites."""

import functools
from pathlib import Path
from typing import Any

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
    """Return docs/openapi.yaml as written by `make schema`: generating it takes half a second."""
    return DOCUMENT.read_bytes()


@method_decorator(cache_control(public=True, max_age=300), name="get")
class DocumentView(APIView):
    """The OpenAPI document."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """YAML (RFC 9512), the same for everybody."""
        return HttpResponse(document(), content_type="application/yaml", headers={"Content-Language": "en"})


class OptionsWithoutPage(APIView):
    """Answer OPTIONS with headers only: DRF would render a description, and finds no template for it."""

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        return HttpResponse(status=204)


class SwaggerView(OptionsWithoutPage, SpectacularSwaggerSplitView):
    """Swagger UI: paste a token under "Authorize", and try the API out. No script is inline."""


class RedocView(OptionsWithoutPage, SpectacularRedocView):
    """Redoc, without the fonts that its own template takes from elsewhere."""

    template_name = "rag_app/redoc.html"
