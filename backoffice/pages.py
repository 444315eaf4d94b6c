"""Where the admin's pages are, and static message pages in its style, which need no database."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

ADMIN = "/admin/"


def is_of_admin(request: HttpRequest) -> bool:
    """Return True for a page of the admin."""
    return request.path_info.startswith(ADMIN)


def plain_page(title: str, sentence: str, *, status: int, retry_after: int | None = None) -> HttpResponse:
    """Return a page with this title and sentence. `retry_after` (seconds) sets the `Retry-After` header.

    Rendered without the request: with it the template would query the user and their messages.
    """
    site = {"site_title": admin.site.site_title, "site_header": admin.site.site_header}
    page = HttpResponse(
        render_to_string("backoffice/plain.html", site | {"title": title, "sentence": sentence}), status=status
    )
    if retry_after is not None:
        page.headers["Retry-After"] = str(retry_after)
    return page
