"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from rag_app import errors

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("api/accounts/", include("accounts.urls")),
    path("api/bookings/", include("bookings.urls_enhanced")),
    path("admin", RedirectView.as_view(url="/admin/")),
    # Django's redirect to any row's own page: no row has one, and it fails on an id that is none.
    re_path("^admin/r/", errors.not_found),
    path("admin/", admin.site.urls),
]

if "zoom_sandbox" in settings.INSTALLED_APPS:
    urlpatterns.append(path("zoom-sandbox/", include("zoom_sandbox.urls")))

# Last, so that an unknown address is JSON with DEBUG too.
urlpatterns.append(re_path("", errors.not_found))
