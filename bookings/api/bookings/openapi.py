"""The operations on bookings."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers

from api_schema.openapi import NEVER, Described, Documented, narrowed
from api_schema.refusals import BOOKING_MISSING, INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.bookings.filters import BookingsQuery
from bookings.api.bookings.serializers import (
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    RescheduleSerializer,
)


class MovedBookingSerializer(serializers.Serializer[Any]):
    """A booking after a move."""

    message = serializers.CharField()
    booking = BookingSerializer()


class MeetingAccessSerializer(serializers.Serializer[Any]):
    """How to join the meeting."""

    join_url = serializers.URLField()
    meeting_id = serializers.CharField()
    password = serializers.CharField()


class ConfirmedBookingSerializer(MovedBookingSerializer):
    """A booking and its new meeting."""

    zoom_info = MeetingAccessSerializer()


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[!-+\--~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Makes the request safe to repeat: sent again within 24 hours with the same body it gets the first "
    "answer again and books nothing twice; with another body it is refused. Visible ASCII characters, no comma.",
)

NOTICE = "The teacher asks for 1440 minutes of notice"
WRONG_STATUS = "Only pending or confirmed bookings can be cancelled; this one is completed"


def _booking(operation: str, summary: str, description: str, responses: dict[int, Any], **more: Any) -> Any:
    return extend_schema(
        operation_id=operation,
        tags=["Bookings"],
        summary=summary,
        description=description,
        responses=responses,
        **more,
    )


class Bookings(Documented):
    """Bookings: their life."""

    target_class = "bookings.api.bookings.views.BookingViewSet"
    operations = {
        "list": _booking(
            "listBookings",
            "Bookings that you may see",
            "Your own; for staff, all.",
            {200: BookingSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
            parameters=[BookingsQuery],
        ),
        "my": _booking(
            "listMyBookings",
            "Your own bookings",
            "As student or as teacher, in order of their start unless another order is asked for.",
            {200: BookingSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
            parameters=[BookingsQuery],
        ),
        "create": _booking(
            "requestBooking",
            "Ask for a session",
            "Students only. The request holds its time until the teacher answers, or its start passes. "
            "Whatever is free can be asked for, not only the offered slots.",
            {
                201: BookingSerializer,
                400: refusal(
                    "The time is not free, a field is wrong, or too many requests of the student are unanswered.",
                    slot_unavailable="Time slot is not available",
                    too_many_pending="You have 20 unanswered requests; wait for an answer first",
                    idempotency_key_reused="This Idempotency-Key was sent before with another body",
                    invalid="start_time: Sessions start on a whole minute.",
                ),
                403: refusal("The caller is no student.", permission_denied="Only students can request bookings"),
                404: refusal("No such teacher.", not_found="Teacher not found"),
            },
            parameters=[IDEMPOTENCY_KEY],
            request=BookingRequestSerializer,
            examples=[
                OpenApiExample("An hour of Spanish", examples.WISH, request_only=True),
                OpenApiExample("Requested", examples.REQUESTED, response_only=True, status_codes=[201]),
            ],
        ),
        "retrieve": _booking(
            "getBooking",
            "One booking",
            "`can_cancel` and `can_reschedule` answer for the caller, here and now.",
            {200: BookingSerializer, 404: BOOKING_MISSING},
        ),
        "partial_update": _booking(
            "updateBooking",
            "Edit the notes, or complete the session",
            "Exactly one of the two: `notes` by the student while the request is pending, or `status: COMPLETED` by "
            "the teacher once the session has begun.",
            {
                200: BookingSerializer,
                400: refusal(
                    "The booking's status does not allow it, or a field is wrong.",
                    wrong_status="Notes can be edited only while the booking is pending",
                    not_begun="The session has not begun",
                    invalid="non_field_errors: Send either notes or status.",
                ),
                403: refusal("Not the caller's to do.", permission_denied="Only teachers can complete bookings"),
                404: BOOKING_MISSING,
            },
            request=BookingPatchSerializer,
        ),
        "confirm": _booking(
            "confirmBooking",
            "Confirm a request and make its Zoom meeting",
            "Its teacher only. The booking is confirmed exactly when it has its meeting.",
            {
                200: ConfirmedBookingSerializer,
                400: refusal(
                    "The booking is not pending, its start has passed, or somebody is confirming it right now.",
                    wrong_status="Only pending bookings can be confirmed; this one is cancelled",
                    too_late="The session can no longer be confirmed: its start has passed",
                    being_confirmed="This booking is being confirmed; please look again in a moment",
                    refused="The booking has changed; please look again",
                ),
                403: refusal("The caller is not its teacher.", permission_denied="Only teachers can confirm bookings"),
                404: BOOKING_MISSING,
                500: refusal(
                    "Zoom made no meeting; the booking is still pending, and can be confirmed again.",
                    zoom_failed="Failed to create Zoom meeting: [details]",
                ),
            },
            request=None,
            examples=[OpenApiExample("Confirmed", examples.CONFIRMED, response_only=True)],
        ),
        "cancel": _booking(
            "cancelBooking",
            "Call a booking off",
            "Either party, until the start. Its time is free again, and its meeting is deleted.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The booking is over, its start has passed, or the teacher asks for more notice.",
                    wrong_status=WRONG_STATUS,
                    too_late="The session can no longer be cancelled: its start has passed",
                    notice_too_short=NOTICE,
                ),
                404: BOOKING_MISSING,
            },
            request=CancelSerializer,
            examples=[
                OpenApiExample("With a reason", examples.CANCEL, request_only=True),
                OpenApiExample("Cancelled", examples.CANCELLED, response_only=True),
            ],
        ),
        "reschedule": _booking(
            "rescheduleBooking",
            "Move a booking to another time",
            "Either party, until the start. The status stays, and the meeting moves along. Without `duration` the "
            "session stays as long as it was.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The time is not free, the booking is over, or the teacher asks for more notice.",
                    slot_unavailable="Time slot is not available",
                    wrong_status="Only pending or confirmed bookings can be rescheduled; this one is cancelled",
                    too_late="The session can no longer be rescheduled: its start has passed",
                    notice_too_short=NOTICE,
                ),
                404: BOOKING_MISSING,
            },
            request=RescheduleSerializer,
            examples=[OpenApiExample("The day after", examples.RESCHEDULE, request_only=True)],
        ),
        "complete": _booking(
            "completeBooking",
            "Say that the session took place",
            "Its teacher only, once the session has begun.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The booking is not confirmed, or has not begun.",
                    not_begun="The session has not begun",
                    wrong_status="Only confirmed bookings can be completed; this one is pending",
                ),
                403: refusal("The caller is not its teacher.", permission_denied="Only teachers can complete bookings"),
                404: BOOKING_MISSING,
            },
            request=None,
        ),
    }


class BookingRequestShape(Described):
    target_class = "bookings.api.bookings.serializers.BookingRequestSerializer"
    request_name = "Booking"


class BookingPatchShape(Described):
    target_class = "bookings.api.bookings.serializers.BookingPatchSerializer"
    request_name = "Booking"

    def _request(self, schema: dict[str, Any]) -> None:
        super()._request(schema)
        properties, closed = schema.pop("properties"), schema.pop("additionalProperties")
        schema.pop("type")
        schema["oneOf"] = [
            {
                "type": "object",
                "properties": {name: field for name, field in properties.items() if name != other} | {other: NEVER},
                "required": [needed],
                "additionalProperties": closed,
            }
            for needed, other in (("notes", "status"), ("status", "notes"))
        ]


class ZoomInfoShape(Described):
    """The meeting is there, or none of it is."""

    target_class = "bookings.api.bookings.serializers.ZoomInfoSerializer"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return narrowed(super().map_serializer(auto_schema, direction), by="has_meeting")
