"""The operations on mail."""

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import refusal
from notifications.api.serializers import MailPreferencesSerializer
from notifications.kinds import OPTIONAL


class UnsubscribedSerializer(serializers.Serializer[dict[str, str]]):
    """The kind of mail that was switched off."""

    message = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in OPTIONAL])


class MailPreferencesOperations(Documented):
    target_class = "notifications.api.views.MailPreferencesView"
    tag = "Me"
    operations = {
        "get": operation(
            "getMailPreferences",
            "Which optional mails you receive",
            "Reminders and invitations to leave feedback. Changes to a session are always mailed.",
            {200: MailPreferencesSerializer},
        ),
        "patch": operation(
            "updateMailPreferences",
            "Choose which optional mails you receive",
            "Only the fields sent are changed.",
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
                404: refusal("The token is not valid.", not_found="This link is not valid"),
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
            "Events from the mail provider",
            "For the mail provider only (`EMAIL_URL`), in its own format, with the site's secret as Basic "
            "authentication. After a hard bounce or a complaint, no more mail is sent to the address.",
            {
                204: OpenApiResponse(description="Accepted."),
                401: refusal(
                    "The secret or the provider's signature is missing or wrong.",
                    bad_signature="The secret or the signature does not fit.",
                ),
                404: refusal("No mail provider is configured.", not_found="No mail provider reports here"),
            },
            auth=[],
            # A list or an object: what it holds depends on the provider.
            request={"application/json": {"description": "Events as the provider describes them."}},
        )
    }
