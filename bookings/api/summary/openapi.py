"""The operation on the numbers of bookings."""

from typing import Any

from rest_framework import serializers

from api_schema.openapi import Documented, operation


class SummarySerializer(serializers.Serializer[Any]):
    """Numbers of the caller's own bookings."""

    pending = serializers.IntegerField(min_value=0, help_text="Unanswered requests that have not run out.")
    upcoming = serializers.IntegerField(min_value=0, help_text="Confirmed sessions that are not over.")
    feedback_due = serializers.IntegerField(min_value=0, help_text="Completed sessions that the caller may rate.")


class Summary(Documented):
    """Numbers of bookings."""

    target_class = "bookings.api.summary.views.SummaryView"
    tag = "Bookings"
    operations = {
        "get": operation(
            "getSummary",
            "How many bookings wait for you",
            "As student and as teacher, from one read; cheap enough to ask for with every page.",
            {200: SummarySerializer},
        )
    }
