from typing import Any

from api_schema.fields import BooleanField, ModelSerializer
from api_schema.requests import OnlyKnownFields
from notifications.models import MailPreferences


class MailPreferencesSerializer(OnlyKnownFields, ModelSerializer[MailPreferences]):
    """Which optional mails a person wants."""

    day_before = BooleanField(required=False, help_text="A reminder a day before each session.")
    hour_before = BooleanField(required=False, help_text="A reminder an hour before each session.")
    feedback = BooleanField(required=False, help_text="An invitation to leave feedback.")

    class Meta:
        model = MailPreferences
        fields = ["day_before", "hour_before", "feedback"]

    def update(self, instance: MailPreferences, validated_data: dict[str, Any]) -> MailPreferences:
        """Save only what was sent; a first change makes the row."""
        found, _ = MailPreferences.objects.update_or_create(user=instance.user, defaults=validated_data)
        return found
