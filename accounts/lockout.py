"""What django-axes asks of us: whom a failed sign-in counts for, and the page for whoever failed too often."""

import math
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that was typed, spelled as the backends look it up: another spelling is no further try."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(typed).strip().lower()[:255]


def locked_out(request: HttpRequest, *_: Any) -> HttpResponse:
    """The page for a name that is shut out. It is the same for names that exist and for those that do not."""
    return too_many_attempts(request, int(settings.AXES_COOLOFF_TIME.total_seconds()))


def too_many_attempts(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, with a page that says when to come back."""
    context = admin.site.each_context(request) | {"minutes": math.ceil(seconds / 60)}
    page = render(request, "admin/too_many_attempts.html", context, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page
