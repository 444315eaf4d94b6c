"""The operations on working hours and absences."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from api_schema.openapi import Described, Documented, operation
from api_schema.refusals import INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.bookings.serializers import BookingSerializer
from bookings.api.hours.serializers import AvailabilitySerializer, TeacherQuery, TimeOffSerializer, WeekSerializer
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY

KEPT_TWICE = refusal(
    "A field is invalid, the same hours exist already, or the teacher has too many.",
    duplicate="These working hours are there already",
    too_many="You can have at most 100 weekly working hours; delete some first",
)

ABSENT_TWICE = refusal(
    "A field is invalid, the same absence exists already, or the teacher has too many.",
    duplicate="This absence is there already",
    too_many="You can have at most 400 absences to come; delete some first",
)

ABSENCE_MISSING = refusal("The caller has no such absence.", not_found="Not found.")

TEACHERS_WRITE = refusal("The caller is not a teacher.", permission_denied="Only teachers can set availability")

HOURS_MISSING = refusal("No such working hours, or the caller may not change them.", not_found="Not found.")

TEACHERS_ONLY = refusal("The caller is not a teacher.", permission_denied="Only teachers can use time off")

HOURS_RULES = """
Hours recur each week on `day_of_week`, or apply once, on `date`, which then determines the weekday.
Times are in the teacher's time zone; an `end_time` of 00:00 is midnight at the end of the day.
"""


WEEK = {
    "windows": [
        {"day_of_week": 0, "start_time": "09:00", "end_time": "12:00"},
        {"day_of_week": 0, "start_time": "13:00", "end_time": "17:00"},
        {"day_of_week": 3, "start_time": "18:00", "end_time": "00:00"},
    ]
}


class ReplacedWeekSerializer(serializers.Serializer[Any]):
    """A teacher's new week, and the live bookings that now lie outside all hours; they stay as they are."""

    windows = AvailabilitySerializer(many=True)
    bookings_outside = BookingSerializer(many=True)


class Availability(Documented):
    """Working hours."""

    target_class = "bookings.api.hours.views.AvailabilityViewSet"
    tag = "Availability"
    operations = {
        "list": operation(
            "listAvailability",
            "Working hours of a teacher",
            HOURS_RULES,
            {200: AvailabilitySerializer, 400: INVALID, 404: PAGE_MISSING},
            parameters=[TeacherQuery],
        ),
        "create": operation(
            "createAvailability",
            "Add working hours",
            HOURS_RULES,
            {201: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE},
            parameters=[IDEMPOTENCY_KEY],
            examples=[OpenApiExample("Every Tuesday", examples.HOURS, request_only=True)],
        ),
        "retrieve": operation(
            "getAvailability",
            "One entry of working hours",
            HOURS_RULES,
            {200: AvailabilitySerializer, 404: HOURS_MISSING},
        ),
        "update": operation(
            "replaceAvailability",
            "Replace working hours",
            HOURS_RULES,
            {200: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE, 404: HOURS_MISSING},
        ),
        "partial_update": operation(
            "updateAvailability",
            "Change working hours",
            HOURS_RULES,
            {200: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE, 404: HOURS_MISSING},
        ),
        "destroy": operation(
            "deleteAvailability",
            "Delete working hours",
            "Existing bookings in these hours stay.",
            {204: OpenApiResponse(description="Deleted."), 403: TEACHERS_WRITE, 404: HOURS_MISSING},
        ),
    }


class Week(Documented):
    """A week of working hours."""

    target_class = "bookings.api.hours.views.WeekView"
    tag = "Availability"
    operations = {
        "put": operation(
            "replaceWeek",
            "Replace all weekly hours in one step",
            "Hours on single dates stay; unchanged weekly hours keep their ids. Bookings that now lie outside all "
            "hours stay as they are, and the response lists them.",
            {
                200: ReplacedWeekSerializer,
                400: refusal(
                    "Hours of a day overlap or are duplicates, or a field is invalid; nothing was changed.",
                    invalid="windows: Monday 09:00 to 12:00 and Monday 11:00 to 13:00 overlap.",
                ),
                403: TEACHERS_WRITE,
            },
            request=WeekSerializer,
            examples=[OpenApiExample("Two days", WEEK, request_only=True)],
        ),
    }


class TimeOff(Documented):
    """Absences."""

    target_class = "bookings.api.hours.views.TimeOffViewSet"
    tag = "Time off"
    operations = {
        "list": operation(
            "listTimeOff",
            "Your absences",
            "A teacher's own, ordered by start.",
            {200: TimeOffSerializer, 403: TEACHERS_ONLY, 404: PAGE_MISSING},
        ),
        "create": operation(
            "createTimeOff",
            "Add an absence",
            "No session can be booked during it. Existing bookings stay.",
            {201: TimeOffSerializer, 400: ABSENT_TWICE, 403: TEACHERS_ONLY},
            parameters=[IDEMPOTENCY_KEY],
        ),
        "partial_update": operation(
            "updateTimeOff",
            "Change an absence",
            "Only the fields sent are changed. Existing bookings stay.",
            {200: TimeOffSerializer, 400: ABSENT_TWICE, 403: TEACHERS_ONLY, 404: ABSENCE_MISSING},
        ),
        "destroy": operation(
            "deleteTimeOff",
            "Delete an absence",
            "Its time can be booked again.",
            {
                204: OpenApiResponse(description="Deleted."),
                403: TEACHERS_ONLY,
                404: ABSENCE_MISSING,
            },
        ),
    }


class AvailabilityShape(Described):
    """Where a request leaves the weekday out, it follows from the date: answers always have it."""

    target_class = "bookings.api.hours.serializers.AvailabilitySerializer"

    def _answer(self, schema: dict[str, Any]) -> None:
        super()._answer(schema)
        schema["properties"]["day_of_week"]["type"] = "integer"
