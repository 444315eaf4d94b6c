"""A person's export of their data. Bookings, history and feedback look as in the rest of the API."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import MeSerializer
from api_schema.fields import CharField
from api_schema.requests import OnlyKnownFields
from bookings.api.bookings.serializers import BookingSerializer
from bookings.api.changes.serializers import HistorySerializer
from bookings.api.feedback.serializers import FeedbackSerializer
from bookings.api.hours.serializers import AvailabilitySerializer, TimeOffSerializer
from bookings.models import BookingChange, BusyElsewhere
from calendars.api.serializers import AddressSerializer
from calendars.models import OtherCalendar
from notifications.kinds import Kind
from notifications.models import MailPreferences, Message


class AccountSerializer(MeSerializer):
    """The account, with a teacher's profile."""

    class Meta(MeSerializer.Meta):
        fields = [*MeSerializer.Meta.fields, "created_at", "last_login"]


class PreferencesSerializer(serializers.ModelSerializer[MailPreferences]):
    """Which optional mails the person wants, and which address refused mail permanently."""

    dead_address = serializers.CharField(read_only=True, help_text="Empty if none did.")

    class Meta:
        model = MailPreferences
        fields = ["day_before", "hour_before", "feedback", "dead_address"]


class ChangeSerializer(HistorySerializer):
    """One move of one of the person's bookings."""

    booking_id = serializers.UUIDField()

    def to_representation(self, change: BookingChange) -> dict[str, Any]:
        return {"booking_id": str(change.booking_id)} | super().to_representation(change)


class SentMessageSerializer(serializers.ModelSerializer[Message]):
    """A mail that was sent to the person. Its text is not stored."""

    booking_id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=Kind.choices, read_only=True)

    class Meta:
        model = Message
        fields = ["booking_id", "kind", "created_at", "sent_at"]


class NamedCalendarSerializer(serializers.ModelSerializer[OtherCalendar]):
    """Another calendar of a teacher, with its full address and without its password."""

    class Meta:
        model = OtherCalendar
        fields = ["kind", "name", "address", "username", "created_at", "fetched_at"]
        read_only_fields = fields


class BusyElsewhereSerializer(serializers.ModelSerializer[BusyElsewhere]):
    """Time that is busy in a teacher's other calendars."""

    class Meta:
        model = BusyElsewhere
        fields = ["start_time", "end_time"]


class ExportSerializer(serializers.Serializer[Any]):
    """All data stored about a person."""

    exported_at = serializers.DateTimeField()
    account = AccountSerializer()
    preferences = PreferencesSerializer()
    calendar_address = AddressSerializer()
    working_hours = AvailabilitySerializer(many=True)
    time_off = TimeOffSerializer(many=True)
    bookings = BookingSerializer(many=True)
    changes = ChangeSerializer(many=True)
    feedback = FeedbackSerializer(many=True)
    messages = SentMessageSerializer(many=True)
    other_calendars = NamedCalendarSerializer(many=True)
    busy_elsewhere = BusyElsewhereSerializer(many=True)


class EraseSerializer(OnlyKnownFields):
    """Confirmation of an erasure."""

    confirm = CharField(max_length=254, help_text="Your own e-mail address; your id if the account has none.")


class ErasedSerializer(serializers.Serializer[Any]):
    """Result of an erasure."""

    message = serializers.CharField()
    cancelled_bookings = serializers.IntegerField(min_value=0)
