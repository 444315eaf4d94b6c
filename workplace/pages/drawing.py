"""Shared by all pages: access and rendering."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.models import User
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


def _only_for(admits: Callable[[User], bool]) -> Callable[[View], View]:
    """Return a decorator of views that answers all others 403."""

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not admits(reader(request)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


# Members of staff need not teach.
for_teachers = _only_for(lambda user: user.is_teacher)
for_managers = _only_for(lambda user: user.is_superuser)
