"""The operation on counts of bookings."""

from typing import Any

from rest_framework import serializers

from api_schema.openapi import Documented, operation


class SummarySerializer(serializers.Serializer[Any]):
    """Counts of the caller's own bookings."""

    pending = serializers.IntegerField(min_value=0, help_text="Unanswered requests whose start has not passed.")
    upcoming = serializers.IntegerField(min_value=0, help_text="Confirmed sessions that are not over.")
    feedback_due = serializers.IntegerField(min_value=0, help_text="Completed sessions that the caller may rate.")


class Summary(Documented):
    """Counts of bookings."""

    target_class = "bookings.api.summary.views.SummaryView"
    tag = "Bookings"
    operations = {
        "get": operation(
            "getSummary",
            "Counts of your bookings",
            "As student and as teacher, from one query; cheap enough for every page.",
            {200: SummarySerializer},
        )
    }
