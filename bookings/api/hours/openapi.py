"""The operations on working hours and absences."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers

from api_schema.openapi import Described, Documented
from api_schema.refusals import INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.bookings.serializers import BookingSerializer
from bookings.api.hours.serializers import AvailabilitySerializer, TeacherQuery, TimeOffSerializer, WeekSerializer
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY

KEPT_TWICE = refusal(
    "A field is wrong, the same hours are there already, or the teacher has too many.",
    duplicate="These working hours are there already",
    too_many="You can have at most 100 weekly working hours; delete some first",
)

ABSENT_TWICE = refusal(
    "A field is wrong, the same absence is there already, or the teacher has too many.",
    duplicate="This absence is there already",
    too_many="You can have at most 400 absences to come; delete some first",
)

ABSENCE_MISSING = refusal("No such absence of the caller.", not_found="Not found.")

TEACHERS_WRITE = refusal("The caller is no teacher.", permission_denied="Only teachers can set availability")

HOURS_MISSING = refusal("No such working hours, or none that the caller may touch.", not_found="Not found.")

TEACHERS_ONLY = refusal("The caller is no teacher.", permission_denied="Only teachers can use time off")

HOURS_RULES = """
Hours recur each week on `day_of_week`, or hold once on `date`, from which the weekday then follows.
Times are the teacher's wall clock; an `end_time` of 00:00 is the midnight at the end of the day.
"""


WEEK = {
    "windows": [
        {"day_of_week": 0, "start_time": "09:00", "end_time": "12:00"},
        {"day_of_week": 0, "start_time": "13:00", "end_time": "17:00"},
        {"day_of_week": 3, "start_time": "18:00", "end_time": "00:00"},
    ]
}


class ReplacedWeekSerializer(serializers.Serializer[Any]):
    """A teacher's new week, and the live bookings that now lie outside of all hours; they stay as they are."""

    windows = AvailabilitySerializer(many=True)
    bookings_outside = BookingSerializer(many=True)


def _hours(operation: str, summary: str, responses: dict[int, Any], **more: Any) -> Any:
    return extend_schema(
        operation_id=operation,
        tags=["Availability"],
        summary=summary,
        responses=responses,
        **{"description": HOURS_RULES} | more,
    )


class Availability(Documented):
    """Working hours."""

    target_class = "bookings.api.hours.views.AvailabilityViewSet"
    operations = {
        "list": _hours(
            "listAvailability",
            "Working hours of a teacher",
            {200: AvailabilitySerializer, 400: INVALID, 404: PAGE_MISSING},
            parameters=[TeacherQuery],
        ),
        "create": _hours(
            "createAvailability",
            "Set working hours",
            {201: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE},
            parameters=[IDEMPOTENCY_KEY],
            examples=[OpenApiExample("Every Tuesday", examples.HOURS, request_only=True)],
        ),
        "retrieve": _hours(
            "getAvailability", "One entry of working hours", {200: AvailabilitySerializer, 404: HOURS_MISSING}
        ),
        "update": _hours(
            "replaceAvailability",
            "Replace working hours",
            {200: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE, 404: HOURS_MISSING},
        ),
        "partial_update": _hours(
            "updateAvailability",
            "Change working hours",
            {200: AvailabilitySerializer, 400: KEPT_TWICE, 403: TEACHERS_WRITE, 404: HOURS_MISSING},
        ),
        "destroy": _hours(
            "deleteAvailability",
            "Delete working hours",
            {204: OpenApiResponse(description="Deleted."), 403: TEACHERS_WRITE, 404: HOURS_MISSING},
            description="Bookings that were made in these hours stay.",
        ),
    }


class Week(Documented):
    """A week of working hours."""

    target_class = "bookings.api.hours.views.WeekView"
    operations = {
        "put": _hours(
            "replaceWeek",
            "Replace all weekly hours in one step",
            {
                200: ReplacedWeekSerializer,
                400: refusal(
                    "Hours of a day overlap or are there twice, or a field is wrong; nothing was changed.",
                    invalid="windows: Monday 09:00 to 12:00 and Monday 11:00 to 13:00 overlap.",
                ),
                403: TEACHERS_WRITE,
            },
            description="Hours on single dates stay; weekly hours that do not change keep their ids. Bookings that "
            "now lie outside of all hours stay as they are, and the answer lists them.",
            request=WeekSerializer,
            examples=[OpenApiExample("Two days", WEEK, request_only=True)],
        ),
    }


class TimeOff(Documented):
    """Absences."""

    target_class = "bookings.api.hours.views.TimeOffViewSet"
    operations = {
        "list": extend_schema(
            operation_id="listTimeOff",
            tags=["Time off"],
            summary="Your absences",
            description="A teacher's own, in order of their start.",
            responses={200: TimeOffSerializer, 403: TEACHERS_ONLY, 404: PAGE_MISSING},
        ),
        "create": extend_schema(
            operation_id="createTimeOff",
            parameters=[IDEMPOTENCY_KEY],
            tags=["Time off"],
            summary="Announce an absence",
            description="Nothing can be booked in it. Bookings that are there already stay.",
            responses={201: TimeOffSerializer, 400: ABSENT_TWICE, 403: TEACHERS_ONLY},
        ),
        "partial_update": extend_schema(
            operation_id="updateTimeOff",
            tags=["Time off"],
            summary="Change an absence",
            description="Only what is sent changes. Bookings that are there already stay.",
            responses={200: TimeOffSerializer, 400: ABSENT_TWICE, 403: TEACHERS_ONLY, 404: ABSENCE_MISSING},
        ),
        "destroy": extend_schema(
            operation_id="deleteTimeOff",
            tags=["Time off"],
            summary="Take an absence back",
            description="Its time can be booked again.",
            responses={
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
