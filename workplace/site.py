"""The admin site: our own pages for daily work, Django's model pages for the rest."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _


class WorkplaceSite(AdminSite):
    # The root of the site has no page.
    site_url = None
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.site_header = self.site_title = settings.SCHOOL_NAME

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Return our own addresses, then Django's; the overview of all models moves to `records/`."""
        # Pages import models, which are not loaded when the site is made.
        from workplace.urls import pages

        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in pages]
        records = path("records/", self.admin_view(self.records), name="records")
        return [*own, records, *super().get_urls()]

    def index(  # type: ignore[override]  # managers are led to another page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Today for teachers, all teachers' week for managers."""
        from workplace.pages import home

        return home.page(request)

    def records(self, request: HttpRequest) -> HttpResponse:
        """Django's overview of the model pages."""
        return super().index(request, {"title": _("All records")})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        from workplace.shell import shell_for

        context = super().each_context(request)
        return context | {"shell": shell_for(request) if context["has_permission"] else None}
