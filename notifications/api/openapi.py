"""The operations on mail."""

from drf_spectacular.utils import OpenApiResponse
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


class Bounces(Documented):
    target_class = "notifications.api.views.BouncesView"
    tag = "Me"
    operations = {
        "post": operation(
            "receiveBounces",
            "What became of mails",
            "For the mail provider alone (`EMAIL_URL`), in the provider's own format, with the site's secret by Basic "
            "authentication. After a hard bounce or a complaint, no more mail is sent to the address.",
            {
                204: OpenApiResponse(description="Taken."),
                401: refusal(
                    "Without the secret, or not signed by the provider.",
                    bad_signature="The secret or the signature does not fit.",
                ),
                404: refusal("No provider is configured.", not_found="No mail provider reports here"),
            },
            auth=[],
            # A list or an object: what it holds depends on the provider.
            request={"application/json": {"description": "Events as the provider describes them."}},
        )
    }
