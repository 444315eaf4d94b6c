"""Working hours and absences."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView, valid
from bookings.api.bookings.serializers import booking_json
from bookings.api.hours.serializers import (
    AvailabilitySerializer,
    TeacherQuery,
    TimeOffSerializer,
    WeekSerializer,
)
from bookings.api.permissions import TeachersOnly, TeachersWrite
from bookings.api.repeats import RepeatableCreate
from bookings.models import Availability, TimeOff
from bookings.services import hours


class AvailabilityViewSet(StrictView, RepeatableCreate, ModelViewSet[Availability]):
    """Working hours: everybody reads a teacher's, teachers write their own."""

    permission_classes = [IsAuthenticated, TeachersWrite]
    serializer_class = AvailabilitySerializer
    lookup_value_converter = "uuid"
    queries = {"list": TeacherQuery}

    def get_queryset(self) -> QuerySet[Availability]:
        """Return a teacher's hours for reading, the caller's own for writing."""
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            return Availability.objects.filter(teacher=caller(self.request))
        if self.action != "list":
            return Availability.objects.all()
        return Availability.objects.filter(teacher_id=self.asked().get("teacher_id", caller(self.request).pk))

    def perform_create(self, serializer: BaseSerializer[Availability]) -> None:
        """Save the hours for the calling teacher."""
        serializer.instance = Availability(teacher=caller(self.request), **serializer.validated_data)
        hours.save_hours(serializer.instance, now=timezone.now())

    def perform_update(self, serializer: BaseSerializer[Availability]) -> None:
        """Apply the sent fields to the existing row."""
        hours.save_hours(_changed(serializer), now=timezone.now())


class WeekView(StrictView):
    """A teacher's weekly hours as a whole."""

    permission_classes = [IsAuthenticated, TeachersWrite]

    def put(self, request: Request) -> Response:
        """Replace all weekly hours; return the live bookings that now lie outside all hours."""
        asked = valid(WeekSerializer(data=request.data)).validated_data
        teacher, now = caller(request), timezone.now()
        outside = hours.replace_week(teacher=teacher, windows=asked["windows"], now=now)
        windows = Availability.objects.filter(teacher=teacher, is_recurring=True)
        return Response(
            {
                "windows": AvailabilitySerializer(windows, many=True).data,
                "bookings_outside": [booking_json(booking, user=teacher, now=now) for booking in outside],
            }
        )


class TimeOffViewSet(
    StrictView, RepeatableCreate, mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[TimeOff]
):
    """Absences: teachers, their own."""

    permission_classes = [IsAuthenticated, TeachersOnly]
    serializer_class = TimeOffSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[TimeOff]:
        return TimeOff.objects.filter(teacher=caller(self.request))

    def perform_create(self, serializer: BaseSerializer[TimeOff]) -> None:
        """Save the absence for the calling teacher."""
        serializer.instance = TimeOff(teacher=caller(self.request), **serializer.validated_data)
        hours.save_absence(serializer.instance, now=timezone.now())

    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Apply the sent fields to the existing row."""
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        hours.save_absence(_changed(serializer), now=timezone.now())
        return Response(serializer.data)


def _changed(serializer: BaseSerializer[Any]) -> Any:
    for name, value in serializer.validated_data.items():
        setattr(serializer.instance, name, value)
    return serializer.instance
