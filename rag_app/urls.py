"""URLs of the whole site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView

from accounts.sign_in.lockout import too_many_attempts
from accounts.sign_in.page import sign_in
from accounts.sign_in.views import enter
from rag_app.http import errors
from rag_app.http.throttling import limit_sign_in
from rag_app.openapi import views as openapi

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    # First what is asked for most.
    path("api/bookings/", include("bookings.urls_enhanced")),
    path("api/accounts/", include("accounts.urls")),
    path("api/accounts/me/", include("privacy.urls")),
    path("api/accounts/teachers/", include("bookings.api.teachers.urls")),
    path("api/", include("notifications.urls")),
    path("api/", include("calendars.urls")),
    path("api/schema/", openapi.DocumentView.as_view(), name="schema"),
    path("api/docs/", openapi.SwaggerView.as_view(), name="docs"),
    path("api/redoc/", openapi.RedocView.as_view(), name="redoc"),
    # URLs that people type. The API itself never redirects (APPEND_SLASH).
    *[path(page, RedirectView.as_view(url=f"/{page}/")) for page in ("api/docs", "api/redoc", "admin")],
    # Disable view-on-site: no model has a URL, and malformed ids crash it.
    re_path("^admin/r/", errors.not_found),
    # Before Django's own login page: sign-ins are limited across all names.
    path("admin/login/", limit_sign_in(sign_in, too_many_attempts)),
    path("admin/link/", enter, name="admin-link"),
    path("admin/", admin.site.urls),
]

if "zoom_sandbox" in settings.INSTALLED_APPS:  # development
    urlpatterns.append(path("zoom-sandbox/", include("zoom_sandbox.urls")))
    urlpatterns.append(path("", RedirectView.as_view(url="/api/docs/")))

# Last: unknown URLs answer in JSON with DEBUG too, and a POST to one gets no CSRF page.
urlpatterns.append(re_path("", csrf_exempt(errors.not_found)))
