"""The operation on the feed of changes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import INVALID
from bookings.api import examples
from bookings.api.bookings.serializers import BookingSerializer
from bookings.api.changes.serializers import ChangesQuery


class ChangesSerializer(serializers.Serializer[Any]):
    """The bookings that changed, and where to continue."""

    results = BookingSerializer(many=True)
    next_after = serializers.CharField()


class Changes(Documented):
    """What is new."""

    target_class = "bookings.api.changes.views.ChangesView"
    tag = "Bookings"
    operations = {
        "get": operation(
            "listChanges",
            "Your bookings that changed",
            "Up to 100 in the order of their last change, each in its current state; repeat with "
            "`after=<next_after>` until there are none. No change is missed, in whatever order changes are committed; "
            "a booking may appear twice. Made for polling: with `If-None-Match`, nothing new is a 304.",
            {200: ChangesSerializer, 400: INVALID},
            parameters=[ChangesQuery],
            examples=[OpenApiExample("A new request", examples.CHANGES, response_only=True)],
        ),
    }
