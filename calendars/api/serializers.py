from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import ONE_LINE
from api_schema.fields import CharField, ChoiceField, ModelSerializer
from api_schema.requests import OnlyKnownFields, refuse
from calendars.fetching import LONGEST_ADDRESS, FetchError, checked_address
from calendars.models import LONGEST_USERNAME, Kind, OtherCalendar, check_username
from calendars.passwords import LONGEST


class AddressSerializer(serializers.Serializer[Any]):
    """Whether the caller has a calendar address."""

    exists = serializers.BooleanField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="UTC; null if there is none.")


class NewAddressSerializer(serializers.Serializer[Any]):
    """A calendar address; its secret is shown only this once."""

    url = serializers.URLField(
        read_only=True, help_text="For Google Calendar, Outlook or Apple Calendar to subscribe to."
    )
    created_at = serializers.DateTimeField(read_only=True, help_text="UTC.")


class FeedQuery(serializers.Serializer[Any]):
    """What else the calendar shows."""

    hours = serializers.BooleanField(
        required=False, default=False, help_text="Include a teacher's open hours, as events that leave their time free."
    )


class OtherCalendarSerializer(OnlyKnownFields, ModelSerializer[OtherCalendar]):
    """Another calendar of a teacher. Its address is often a secret, and only its host is shown again."""

    kind = ChoiceField(
        choices=Kind.choices,
        required=False,
        default=Kind.ICS,
        help_text="`ics`: one calendar, by its URL. `caldav`: all calendars of an account.",
    )
    username = CharField(
        required=False,
        max_length=LONGEST_USERNAME,
        validators=[ONE_LINE, check_username],
        help_text="Of the CalDAV account; empty for `ics`.",
    )
    password = CharField(
        write_only=True,
        required=False,
        max_length=LONGEST,
        trim_whitespace=False,
        help_text="Of the CalDAV account, preferably an app password. It is stored encrypted.",
    )
    address = CharField(
        write_only=True,
        max_length=LONGEST_ADDRESS,
        help_text="HTTPS URL of a calendar in iCalendar format, such as the secret address in Google Calendar; with "
        "`caldav`, of the server or of a single calendar there.",
    )
    host = serializers.CharField(read_only=True, help_text="The host of its address.")
    error = serializers.CharField(
        source="failure", read_only=True, help_text="Why the last reading failed; empty if it did not."
    )

    class Meta:
        model = OtherCalendar
        fields = [
            "id",
            "kind",
            "name",
            "address",
            "username",
            "password",
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

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a user name and a password of a CalDAV account, and refuse them otherwise."""
        is_account = attrs["kind"] == Kind.CALDAV
        sentence = _("A CalDAV account needs this.") if is_account else _("Only a CalDAV account has this.")
        refuse((name, sentence) for name in ("username", "password") if (name in attrs) != is_account)
        return attrs


class NewPasswordSerializer(OnlyKnownFields):
    """A new password for a CalDAV account."""

    password = CharField(max_length=LONGEST, trim_whitespace=False, help_text="It is stored encrypted.")
