"""Working hours and absences."""

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import valid
from bookings.api.hours.serializers import AvailabilitySerializer, TeacherQuery, TimeOffSerializer
from bookings.api.permissions import TeachersOnly, TeachersWrite
from bookings.api.repeats import RepeatableCreate
from bookings.models import Availability, TimeOff


class AvailabilityViewSet(RepeatableCreate, ModelViewSet[Availability]):
    """Working hours: everybody reads a teacher's, teachers write their own."""

    permission_classes = [IsAuthenticated, TeachersWrite]
    serializer_class = AvailabilitySerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Availability]:
        """What the caller may touch with this method: to write, their own; to read, anybody's."""
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            return Availability.objects.filter(teacher=caller(self.request))
        if self.action != "list":
            return Availability.objects.all()
        asked = valid(TeacherQuery(data=self.request.query_params.dict())).validated_data
        return Availability.objects.filter(teacher_id=asked.get("teacher_id", caller(self.request).pk))

    def perform_create(self, serializer: BaseSerializer[Availability]) -> None:
        """Hours belong to whoever sets them."""
        serializer.save(teacher=caller(self.request))


class TimeOffViewSet(RepeatableCreate, mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[TimeOff]):
    """Absences: teachers, their own."""

    permission_classes = [IsAuthenticated, TeachersOnly]
    serializer_class = TimeOffSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[TimeOff]:
        """The caller's own."""
        return TimeOff.objects.filter(teacher=caller(self.request))

    def perform_create(self, serializer: BaseSerializer[TimeOff]) -> None:
        """An absence belongs to whoever announces it."""
        serializer.save(teacher=caller(self.request))
