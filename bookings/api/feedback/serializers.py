"""Feedback, as callers send and read it."""

from typing import Any

from rest_framework import serializers

from api_schema.fields import CharField, IntegerField, UUIDField
from api_schema.requests import OnlyKnownFields
from bookings.models import Feedback


class FeedbackRequestSerializer(OnlyKnownFields):
    """A student's feedback on a completed session."""

    booking_id = UUIDField()
    rating = IntegerField(min_value=1, max_value=5)
    comment = CharField(max_length=2000, allow_blank=True, default="")


class FeedbackQuery(serializers.Serializer[Any]):
    """The query parameters of lists of feedback."""

    booking_id = UUIDField(required=False, help_text="Feedback on this booking.")
    teacher_id = UUIDField(required=False, help_text="Feedback on sessions with this teacher.")


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    """Feedback as student and teacher see it."""

    booking_id = serializers.UUIDField(read_only=True)
    student_name = serializers.CharField(source="booking.student.name", read_only=True)
    teacher_name = serializers.CharField(source="booking.teacher.name", read_only=True)

    class Meta:
        model = Feedback
        fields = ["id", "booking_id", "rating", "comment", "student_name", "teacher_name", "created_at"]
