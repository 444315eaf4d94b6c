"""What the role of an account allows."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Role, User


class IsTeacher(BasePermission):
    """Teachers only."""

    message: str | Promise = _("Only teachers can do this")

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller is a teacher."""
        return isinstance(request.user, User) and request.user.role == Role.TEACHER
