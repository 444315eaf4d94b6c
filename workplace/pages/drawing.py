"""Shared by all pages: access and rendering."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from backoffice.model_admin import reader

View = Callable[..., HttpResponse]


def draw(request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any) -> TemplateResponse:
    """Return the page `workplace/<template>.html` with the shell around it."""
    request.current_app = admin.site.name
    site = admin.site.each_context(request)
    return TemplateResponse(
        request,
        f"workplace/{template}.html",
        site | {"title": title, "now": timezone.now(), "user": request.user} | context,
        status=status,
    )


def for_teachers(view: View) -> View:
    """Refuse members of staff who do not teach (403)."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not reader(request).is_teacher:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def for_managers(view: View) -> View:
    """Refuse everybody but superusers (403)."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not reader(request).is_superuser:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
