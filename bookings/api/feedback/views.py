"""Feedback on completed sessions."""

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import valid
from bookings import services
from bookings.api.feedback.serializers import FeedbackRequestSerializer, FeedbackSerializer
from bookings.api.repeats import created, repeatable
from bookings.models import Feedback


class FeedbackViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Feedback]):
    """What students say of their sessions: student and teacher read it."""

    serializer_class = FeedbackSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Feedback]:
        """What the caller may read."""
        return Feedback.objects.visible_to(caller(self.request)).select_related("booking__student", "booking__teacher")

    @repeatable()
    def create(self, request: Request) -> Response:
        """The student rates a completed session, once."""
        asked = valid(FeedbackRequestSerializer(data=request.data)).validated_data
        feedback = services.leave_feedback(by=caller(request), now=timezone.now(), **asked)
        return created(request, self.get_serializer(feedback).data)
