"""The operations on calendars."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from api_schema.openapi import Documented, operation
from api_schema.refusals import BOOKING_MISSING, PAGE_MISSING, refusal
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY
from calendars.api.serializers import (
    AddressSerializer,
    FeedQuery,
    NewAddressSerializer,
    NewPasswordSerializer,
    OtherCalendarSerializer,
)

TEACHERS_ONLY = refusal("The caller is not a teacher.", permission_denied="Only teachers can name other calendars")


def _calendar(description: str) -> OpenApiResponse:
    return OpenApiResponse({"type": "string", "format": "binary"}, description=description)


class Address(Documented):
    target_class = "calendars.api.views.AddressView"
    tag = "Calendars"
    operations = {
        "get": operation(
            "getCalendarAddress",
            "Whether you have a calendar address, and since when",
            "The address itself is shown only when it is created.",
            {200: AddressSerializer},
        ),
        "post": operation(
            "renewCalendarAddress",
            "Create or renew your calendar address",
            "For calendar programs, which subscribe to it without a token: its secret is the key. It is shown only "
            "once, and replaces an earlier address. Teachers may add `?hours=true` to see their open hours too.",
            {201: NewAddressSerializer},
            request=None,
        ),
        "delete": operation(
            "closeCalendarAddress",
            "Close your calendar address",
            "The address stops working.",
            {204: OpenApiResponse(description="There is no address any more.")},
        ),
    }


class Feed(Documented):
    target_class = "calendars.api.views.FeedView"
    tag = "Calendars"
    operations = {
        "get": operation(
            "getCalendar",
            "A person's bookings as a calendar feed",
            "From six months ago to a year ahead, in UTC, including cancelled sessions (`STATUS:CANCELLED`); confirmed "
            "ones have the link to their meeting. Calendar programs show changes when they next fetch the feed: Google "
            "Calendar after up to a day.",
            {
                (200, "text/calendar"): _calendar("An iCalendar object (RFC 5545)."),
                400: refusal(
                    "A parameter is invalid or unknown.", invalid="surprise: There is no such parameter here."
                ),
                404: refusal("No such address, or its account is inactive.", not_found="There is no such calendar"),
            },
            auth=[],
            parameters=[FeedQuery],
        )
    }


class CalendarFile(Documented):
    target_class = "calendars.api.views.CalendarFileView"
    tag = "Bookings"
    operations = {
        "get": operation(
            "getBookingCalendarFile",
            "A booking as a calendar file",
            "An iCalendar event (RFC 5545) in UTC, with the link to the meeting once it is confirmed.",
            {(200, "text/calendar"): _calendar("The .ics file."), 404: BOOKING_MISSING},
        )
    }


class OtherCalendars(Documented):
    target_class = "calendars.api.views.OtherCalendarViewSet"
    tag = "Calendars"
    operations = {
        "list": operation(
            "listOtherCalendars",
            "Your other calendars",
            "Times that are busy in one of them cannot be booked. Each is read every 15 minutes, a year ahead; if that "
            "fails, the last known times stay and `error` says why. A password that was refused twice is tried only "
            "once a day until it is changed.",
            {200: OtherCalendarSerializer, 403: TEACHERS_ONLY, 404: PAGE_MISSING},
        ),
        "create": operation(
            "addOtherCalendar",
            "Add another calendar",
            "Up to five. Its events block bookings, except free (`TRANSPARENT`) or cancelled ones and the sessions of "
            "this service. Only the times are stored. It is read for the first time within a minute. A CalDAV account "
            "(`kind`, `username`, `password`) counts as one, with all its calendars that are not transparent.",
            {
                201: OtherCalendarSerializer,
                400: refusal(
                    "A field is invalid, the calendar was added already, or there are five.",
                    duplicate="This calendar is there already",
                    too_many="You can have at most 5 calendars; delete one first",
                ),
                403: TEACHERS_ONLY,
            },
            parameters=[IDEMPOTENCY_KEY],
            examples=[
                OpenApiExample(
                    "Google Calendar",
                    {"name": "Private", "address": "https://calendar.google.com/calendar/ical/…/basic.ics"},
                    request_only=True,
                ),
                OpenApiExample(
                    "iCloud, by CalDAV",
                    {
                        "kind": "caldav",
                        "name": "iCloud",
                        "address": "https://caldav.icloud.com/",
                        "username": "maria@icloud.com",
                        "password": "abcd-efgh-ijkl-mnop",
                    },
                    request_only=True,
                ),
            ],
        ),
        "partial_update": operation(
            "changeOtherCalendarPassword",
            "Change the password of a CalDAV account",
            "The account is read with the new password within a minute.",
            {
                200: OtherCalendarSerializer,
                400: refusal(
                    "The password is missing, or the calendar is not a CalDAV account.",
                    invalid="password: Only a CalDAV account has a password.",
                ),
                403: TEACHERS_ONLY,
                404: refusal("The caller has no such calendar.", not_found="Not found."),
            },
            request=NewPasswordSerializer,
            examples=[OpenApiExample("An app password", {"password": "abcd-efgh-ijkl-mnop"}, request_only=True)],
        ),
        "destroy": operation(
            "removeOtherCalendar",
            "Remove another calendar",
            "Its busy times can be booked again.",
            {
                204: OpenApiResponse(description="Removed."),
                403: TEACHERS_ONLY,
                404: refusal("The caller has no such calendar.", not_found="Not found."),
            },
        ),
    }
