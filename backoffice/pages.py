"""Static message pages in the admin's style; no database needed."""

from django.contrib import admin
from django.http import HttpResponse
from django.template.loader import render_to_string


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
