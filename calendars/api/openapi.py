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

TEACHERS_ONLY = refusal("The caller is no teacher.", permission_denied="Only teachers can name other calendars")


def _calendar(description: str) -> OpenApiResponse:
    return OpenApiResponse({"type": "string", "format": "binary"}, description=description)


class Address(Documented):
    target_class = "calendars.api.views.AddressView"
    tag = "Calendars"
    operations = {
        "get": operation(
            "getCalendarAddress",
            "Whether you have a calendar address, and since when",
            "The address itself is told only when it is made.",
            {200: AddressSerializer},
        ),
        "post": operation(
            "renewCalendarAddress",
            "Make your calendar address, or renew it",
            "For calendar programs, which subscribe to it without a token: its secret is the key. It is told once; an "
            "earlier address ends. Teachers may add `?hours=true` to see their open hours too.",
            {201: NewAddressSerializer},
            request=None,
        ),
        "delete": operation(
            "closeCalendarAddress",
            "Close your calendar address",
            "Nothing can be read there any more.",
            {204: OpenApiResponse(description="There is no address now.")},
        ),
    }


class Feed(Documented):
    target_class = "calendars.api.views.FeedView"
    tag = "Calendars"
    operations = {
        "get": operation(
            "getCalendar",
            "A person's bookings as a calendar to subscribe to",
            "Six months back and a year ahead, in UTC, with what was cancelled (`STATUS:CANCELLED`) and, once it is "
            "confirmed, each session's link to its meeting. Calendar programs show what has changed when they next "
            "ask: Google Calendar after up to a day.",
            {
                (200, "text/calendar"): _calendar("An iCalendar object (RFC 5545)."),
                400: refusal("A parameter is wrong or unknown.", invalid="surprise: There is no such parameter here."),
                404: refusal("No such address, or that of an inactive account.", not_found="There is no such calendar"),
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
            "Your calendars elsewhere",
            "Nothing can be booked at times that one of them holds. Each is read every quarter of an hour, a year "
            "ahead; one that fails keeps what it held, and `error` says why. A password that was refused twice is "
            "tried once a day until it is changed.",
            {200: OtherCalendarSerializer, 403: TEACHERS_ONLY, 404: PAGE_MISSING},
        ),
        "create": operation(
            "addOtherCalendar",
            "Name a calendar elsewhere",
            "Up to five. What takes time in it blocks: not what is free (`TRANSPARENT`) or cancelled, nor the "
            "sessions of this service. Only the times are kept. The first reading follows within a minute. A CalDAV "
            "account (`kind`, `username`, `password`) counts as one, with all its calendars that are not transparent.",
            {
                201: OtherCalendarSerializer,
                400: refusal(
                    "A field is wrong, the same calendar is there already, or there are five.",
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
            "Change the password of a CalDAV account elsewhere",
            "It is read with the new password within a minute.",
            {
                200: OtherCalendarSerializer,
                400: refusal(
                    "The password is missing, or the calendar is no CalDAV account.",
                    invalid="password: Only a CalDAV account has a password.",
                ),
                403: TEACHERS_ONLY,
                404: refusal("No such calendar of the caller.", not_found="Not found."),
            },
            request=NewPasswordSerializer,
            examples=[OpenApiExample("An app password", {"password": "abcd-efgh-ijkl-mnop"}, request_only=True)],
        ),
        "destroy": operation(
            "removeOtherCalendar",
            "Remove a calendar elsewhere",
            "What it held can be booked again.",
            {
                204: OpenApiResponse(description="Removed."),
                403: TEACHERS_ONLY,
                404: refusal("No such calendar of the caller.", not_found="Not found."),
            },
        ),
    }
