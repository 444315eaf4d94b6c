"""Addresses under `/api/accounts/`."""

from django.urls import path

from accounts.views import Me, TeacherDetail, TeacherList

urlpatterns = [
    path("teachers/", TeacherList.as_view(), name="teachers"),
    path("teachers/<uuid:pk>/", TeacherDetail.as_view(), name="teacher"),
    path("me/", Me.as_view(), name="me"),
]
