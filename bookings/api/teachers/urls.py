"""The addresses under /api/accounts/teachers/: teachers are accounts, and what they offer is the product's."""

from django.urls import path

from bookings.api.teachers.views import TeacherDetail, TeacherList

urlpatterns = [
    path("", TeacherList.as_view(), name="teachers"),
    path("<uuid:pk>/", TeacherDetail.as_view(), name="teacher"),
]
