"""The addresses under /api/accounts/; the teachers' are in bookings/api/teachers/urls.py."""

from django.urls import path

from accounts.views import AdminLink, Me

urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("me/admin-link/", AdminLink.as_view(), name="me-admin-link"),
]
