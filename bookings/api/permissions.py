"""Permissions by role. Who may make which move of a booking is the booking's own rule: see `Booking.refusal`."""

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication.bearer import caller
from accounts.permissions import IsTeacher


class TeachersWrite(BasePermission):
    message = _("Only teachers can set availability")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or caller(request).is_teacher


class TeachersOnly(IsTeacher):
    message = _("Only teachers can use time off")
