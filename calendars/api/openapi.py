"""The operations on calendars."""

from drf_spectacular.utils import OpenApiResponse

from api_schema.openapi import Documented, operation
from api_schema.refusals import BOOKING_MISSING, refusal
from calendars.api.serializers import AddressSerializer, FeedQuery, NewAddressSerializer


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
