"""The addresses of what is kept of the caller, under /api/accounts/me/."""

from django.urls import path

from privacy.api.views import ExportView

urlpatterns = [
    path("export/", ExportView.as_view(), name="me-export"),
]
