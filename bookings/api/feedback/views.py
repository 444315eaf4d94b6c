"""Feedback on completed sessions."""

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView, valid
from bookings import services
from bookings.api.feedback.serializers import FeedbackQuery, FeedbackRequestSerializer, FeedbackSerializer
from bookings.api.repeats import created, repeatable
from bookings.models import Feedback


class FeedbackViewSet(StrictView, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Feedback]):
    """What students say of their sessions: student and teacher read it."""

    serializer_class = FeedbackSerializer
    lookup_value_converter = "uuid"
    queries = {"list": FeedbackQuery}

    def get_queryset(self) -> QuerySet[Feedback]:
        """Return the feedback visible to the caller; in lists, filtered."""
        found = Feedback.objects.visible_to(caller(self.request)).select_related("booking__student", "booking__teacher")
        if self.detail:
            return found
        names = {"booking_id": "booking", "teacher_id": "booking__teacher"}
        return found.filter(**{names[name]: value for name, value in self.asked().items()})

    @repeatable()
    def create(self, request: Request) -> Response:
        """Rate a completed session as its student, once."""
        asked = valid(FeedbackRequestSerializer(data=request.data)).validated_data
        feedback = services.leave_feedback(by=caller(request), now=timezone.now(), **asked)
        return created(request, self.get_serializer(feedback).data)
