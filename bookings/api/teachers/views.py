"""The directory of teachers."""

import datetime as dt

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView

from accounts.models import User
from api_schema.requests import StrictView
from bookings.api.teachers import directory
from bookings.api.teachers.serializers import TeacherDetailSerializer, TeacherQuery, TeacherSerializer
from bookings.scheduling.free_teachers import free_teachers


class TeacherList(StrictView, ListAPIView[User]):
    """GET: every active teacher; `search`, `ordering` (name, -name, rating, -rating), `available_on` (a date)."""

    serializer_class = TeacherSerializer
    queries = {"get": TeacherQuery}
    paged = ("get",)

    def get_queryset(self) -> QuerySet[User]:
        """Return the teachers asked for. Raises ValidationError (400)."""
        asked = self.asked()
        found = directory.teachers().filter(directory.matching(asked.get("search", "")))
        if "available_on" in asked:
            found = found.filter(directory.available_on(asked["available_on"]))
        if "free_at" in asked:
            duration = dt.timedelta(minutes=asked.get("duration", 60))
            found = found.filter(pk__in=free_teachers(asked["free_at"], duration=duration, now=timezone.now()))
        return found.order_by(*directory.order(asked["ordering"]))


class TeacherDetail(StrictView, RetrieveAPIView[User]):
    """GET: one active teacher."""

    serializer_class = TeacherDetailSerializer

    def get_queryset(self) -> QuerySet[User]:
        """Return all teachers of the directory."""
        return directory.teachers()

    def get_object(self) -> User:
        """Return the teacher. Raises NotFound (404)."""
        try:
            return super().get_object()
        except Http404 as error:
            raise NotFound(_("Teacher not found")) from error
