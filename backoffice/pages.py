"""Pages of the admin's look that only say something: drawn from nothing but their words, they need no database."""

from django.contrib import admin
from django.http import HttpResponse
from django.template.loader import render_to_string


def plain_page(title: str, sentence: str, *, status: int, retry_after: int | None = None) -> HttpResponse:
    """A page of this title that says the sentence. `retry_after`: seconds, for the header of that name.

    Drawn without the request: with it the template would ask who is signed in and what messages wait for them.
    """
    site = {"site_title": admin.site.site_title, "site_header": admin.site.site_header}
    page = HttpResponse(
        render_to_string("backoffice/plain.html", site | {"title": title, "sentence": sentence}), status=status
    )
    if retry_after is not None:
        page.headers["Retry-After"] = str(retry_after)
    return page
