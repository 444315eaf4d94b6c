from typing import Any

from rest_framework import serializers

from api_schema.fields import CharField, ModelSerializer
from api_schema.requests import OnlyKnownFields
from calendars.fetching import LONGEST_ADDRESS, FetchError, checked_address
from calendars.models import OtherCalendar


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


class OtherCalendarSerializer(OnlyKnownFields, ModelSerializer[OtherCalendar]):
    """Another calendar of a teacher. Its address is often a secret, and only its host is shown again."""

    address = CharField(
        write_only=True,
        max_length=LONGEST_ADDRESS,
        help_text="Of a calendar in the iCalendar format, by https: such as the secret address of Google Calendar.",
    )
    host = serializers.CharField(read_only=True, help_text="The host of its address.")
    error = serializers.CharField(
        source="last_error", read_only=True, help_text="Why it cannot be read at the moment; empty if it can."
    )

    class Meta:
        model = OtherCalendar
        fields = [
            "id",
            "name",
            "address",
            "host",
            "created_at",
            "fetched_at",
            "failing_since",
            "error",
            "ignored_events",
        ]
        read_only_fields = ["id", "created_at", "fetched_at", "failing_since", "ignored_events"]

    def validate_address(self, address: str) -> str:
        """The address in the form in which it is fetched."""
        try:
            return checked_address(address)
        except FetchError as error:
            raise serializers.ValidationError(error.sentence) from error
