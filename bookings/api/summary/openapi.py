"""The operation on the numbers of bookings."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from api_schema.openapi import Documented


class SummarySerializer(serializers.Serializer[Any]):
    """Numbers of the caller's own bookings."""

    pending = serializers.IntegerField(min_value=0, help_text="Unanswered requests that have not run out.")
    upcoming = serializers.IntegerField(min_value=0, help_text="Confirmed sessions that are not over.")
    feedback_due = serializers.IntegerField(min_value=0, help_text="Completed sessions that the caller may rate.")


class Summary(Documented):
    """Numbers of bookings."""

    target_class = "bookings.api.summary.views.SummaryView"
    operations = {
        "get": extend_schema(
            operation_id="getSummary",
            tags=["Bookings"],
            summary="How many bookings wait for you",
            description="As student and as teacher, from one read; cheap enough to ask for with every page.",
            responses={200: SummarySerializer},
        )
    }
