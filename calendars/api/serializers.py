from typing import Any

from rest_framework import serializers


class AddressSerializer(serializers.Serializer[Any]):
    """Whether the caller has a calendar address."""

    exists = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="UTC; null: there is none.")


class NewAddressSerializer(serializers.Serializer[Any]):
    """A calendar address; its secret is told this once."""

    url = serializers.URLField(
        read_only=True, help_text="For Google Calendar, Outlook or Apple Calendar to subscribe to."
    )
    created_at = serializers.DateTimeField(read_only=True, help_text="UTC.")


class FeedQuery(serializers.Serializer[Any]):
    """What else the calendar shows."""

    hours = serializers.BooleanField(
        required=False, default=False, help_text="A teacher's open hours too, as events that leave their time free."
    )
