"""The operations on mail and calendar files."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from api_schema.openapi import Documented
from api_schema.refusals import BOOKING_MISSING, refusal
from notifications.api.serializers import MailPreferencesSerializer
from notifications.kinds import OPTIONAL


class UnsubscribedSerializer(serializers.Serializer[dict[str, str]]):
    """What was switched off."""

    message = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in OPTIONAL])


class MailPreferencesOperations(Documented):
    target_class = "notifications.api.views.MailPreferencesView"
    operations = {
        "get": extend_schema(
            operation_id="getMailPreferences",
            tags=["Me"],
            summary="Which optional mails you get",
            description="Reminders and invitations to leave feedback. Changes of a session are always mailed.",
            responses={200: MailPreferencesSerializer},
        ),
        "patch": extend_schema(
            operation_id="updateMailPreferences",
            tags=["Me"],
            summary="Choose which optional mails you get",
            description="Only what is sent changes.",
            responses={200: MailPreferencesSerializer},
        ),
    }


class Unsubscribe(Documented):
    target_class = "notifications.api.views.UnsubscribeView"
    operations = {
        "post": extend_schema(
            operation_id="unsubscribeFromMail",
            tags=["Me"],
            summary="Unsubscribe with one click",
            description="For mail programs, which find the address in `List-Unsubscribe` (RFC 8058).",
            auth=[],
            request=None,
            responses={
                200: UnsubscribedSerializer,
                404: refusal("The token is forged.", not_found="This link is not valid"),
            },
        )
    }


class CalendarFile(Documented):
    target_class = "notifications.api.views.CalendarFileView"
    operations = {
        "get": extend_schema(
            operation_id="getBookingCalendarFile",
            tags=["Bookings"],
            summary="A booking as a calendar file",
            description="An iCalendar event (RFC 5545) in UTC, with the link to the meeting once it is confirmed.",
            responses={
                (200, "text/calendar"): OpenApiResponse(
                    {"type": "string", "format": "binary"}, description="The .ics file."
                ),
                404: BOOKING_MISSING,
            },
        )
    }
