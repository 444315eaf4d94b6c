"""Which roles may use which addresses at all. Who may do what with a booking is the booking's own rule."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication.bearer import caller
from accounts.permissions import IsTeacher


class TeachersWrite(BasePermission):
    """Everybody reads; only teachers write."""

    message = "Only teachers can set availability"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may use this method."""
        return request.method in SAFE_METHODS or caller(request).is_teacher


class TeachersOnly(IsTeacher):
    """For teachers alone."""

    message = "Only teachers can use time off"
