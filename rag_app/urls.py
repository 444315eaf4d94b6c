"""Every address of the site."""

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
    path("api/accounts/", include("accounts.urls")),
    path("api/accounts/teachers/", include("bookings.api.teachers.urls")),
    path("api/bookings/", include("bookings.urls_enhanced")),
    path("api/schema/", openapi.DocumentView.as_view(), name="schema"),
    path("api/docs/", openapi.SwaggerView.as_view(), name="docs"),
    path("api/redoc/", openapi.RedocView.as_view(), name="redoc"),
    # People type them; addresses of the API itself redirect nobody (APPEND_SLASH).
    *[path(page, RedirectView.as_view(url=f"/{page}/")) for page in ("api/docs", "api/redoc", "admin")],
    # Django's redirect to any row's own page: no row has one, and it fails on an id that is none.
    re_path("^admin/r/", errors.not_found),
    # Before Django's own of the same address: signing in has a limit over all names.
    path("admin/login/", limit_sign_in(sign_in, too_many_attempts)),
    path("admin/link/", enter, name="admin-link"),
    path("admin/", admin.site.urls),
]

if "zoom_sandbox" in settings.INSTALLED_APPS:  # development
    urlpatterns.append(path("zoom-sandbox/", include("zoom_sandbox.urls")))
    urlpatterns.append(path("", RedirectView.as_view(url="/api/docs/")))

# Last, so that an unknown address is JSON with DEBUG too; without a page of Django's own for a POST to it.
urlpatterns.append(re_path("", csrf_exempt(errors.not_found)))
