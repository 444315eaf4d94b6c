"""The addresses of what is kept of the caller, under /api/accounts/me/."""

from django.urls import path

from privacy.api.views import EraseView, ExportView

urlpatterns = [
    path("export/", ExportView.as_view(), name="me-export"),
    path("erase/", EraseView.as_view(), name="me-erase"),
]
