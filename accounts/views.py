"""The caller's own account."""

from rest_framework.generics import RetrieveUpdateAPIView

from accounts.authentication.bearer import caller
from accounts.models import User
from accounts.serializers import MeSerializer
from api_schema.requests import StrictView


class Me(StrictView, RetrieveUpdateAPIView[User]):
    """GET, PATCH: the caller's own names, time zone and, for teachers, profile."""

    serializer_class = MeSerializer
    http_method_names = ["get", "patch", "head", "options"]

    def get_object(self) -> User:
        """The caller."""
        return caller(self.request)
