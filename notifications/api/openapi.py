"""The operations on mail."""

from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import refusal
from notifications.api.serializers import MailPreferencesSerializer
from notifications.kinds import OPTIONAL


class UnsubscribedSerializer(serializers.Serializer[dict[str, str]]):
    """What was switched off."""

    message = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in OPTIONAL])


class MailPreferencesOperations(Documented):
    target_class = "notifications.api.views.MailPreferencesView"
    tag = "Me"
    operations = {
        "get": operation(
            "getMailPreferences",
            "Which optional mails you get",
            "Reminders and invitations to leave feedback. Changes of a session are always mailed.",
            {200: MailPreferencesSerializer},
        ),
        "patch": operation(
            "updateMailPreferences",
            "Choose which optional mails you get",
            "Only what is sent changes.",
            {200: MailPreferencesSerializer},
        ),
    }


class Unsubscribe(Documented):
    target_class = "notifications.api.views.UnsubscribeView"
    tag = "Me"
    operations = {
        "post": operation(
            "unsubscribeFromMail",
            "Unsubscribe with one click",
            "For mail programs, which find the address in `List-Unsubscribe` (RFC 8058).",
            {
                200: UnsubscribedSerializer,
                404: refusal("The token is forged.", not_found="This link is not valid"),
            },
            auth=[],
            request=None,
        )
    }
