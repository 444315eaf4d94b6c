"""The operations on bookings and feedback, and Zoom's webhook."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from bookings.filters import BookingsQuery
from bookings.serializers import (
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    FeedbackRequestSerializer,
    FeedbackSerializer,
    RescheduleSerializer,
)
from rag_app.openapi import examples
from rag_app.openapi.base import Documented
from rag_app.openapi.refusals import BOOKING_MISSING, INVALID, PAGE_MISSING, refusal
from rag_app.openapi.shapes import (
    ZOOM_EVENT,
    ConfirmedBookingSerializer,
    MovedBookingSerializer,
    ZoomValidationSerializer,
)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": r"^[!-+\--~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Makes the request safe to repeat: sent again within 24 hours with the same body it gets the first "
    "answer again and books nothing twice; with another body it is refused. Visible ASCII characters, no comma.",
)
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

    target_class = "bookings.views.BookingViewSet"
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
                400: refusal("The booking's status does not allow it, or a field is wrong."),
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
                400: refusal("The booking is not confirmed, or has not begun.", not_begun="The session has not begun"),
                403: refusal("The caller is not its teacher.", permission_denied="Only teachers can complete bookings"),
                404: BOOKING_MISSING,
            },
            request=None,
        ),
    }


class FeedbackOfStudents(Documented):
    """Feedback."""

    target_class = "bookings.views.FeedbackViewSet"
    operations = {
        "list": extend_schema(
            operation_id="listFeedback",
            tags=["Feedback"],
            summary="Feedback that you wrote or received",
            description="The latest first.",
            responses={200: FeedbackSerializer(many=True), 404: PAGE_MISSING},
        ),
        "create": extend_schema(
            operation_id="leaveFeedback",
            tags=["Feedback"],
            summary="Rate a completed session",
            description="Its student, once.",
            request=FeedbackRequestSerializer,
            responses={
                201: FeedbackSerializer,
                400: refusal("The session is not completed, has its feedback already, or a field is wrong."),
                403: refusal("The caller is not its student."),
                404: BOOKING_MISSING,
            },
            examples=[OpenApiExample("Five of five", examples.FEEDBACK, request_only=True)],
        ),
        "retrieve": extend_schema(
            operation_id="getFeedback",
            tags=["Feedback"],
            summary="One piece of feedback",
            description="For its student, its teacher, and staff.",
            responses={200: FeedbackSerializer, 404: refusal("No such feedback.", not_found="Not found.")},
        ),
    }


def _signature(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=True, description=description)


class ZoomWebhook(Documented):
    """What Zoom tells."""

    target_class = "bookings.views.ZoomWebhookView"
    operations = {
        "post": extend_schema(
            operation_id="receiveZoomEvent",
            tags=["Zoom"],
            summary="Zoom's events",
            description="For Zoom alone, which signs each message instead of sending a token "
            "(developers.zoom.us/docs/api/webhooks). `meeting.started`, `meeting.ended`, `meeting.updated` and "
            "`meeting.deleted` count; other events are taken and ignored.",
            auth=[],
            parameters=[
                _signature("x-zm-request-timestamp", "Seconds since 1970, at most two hours ago."),
                _signature("x-zm-signature", "`v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}` in hexadecimal."),
            ],
            request={"application/json": ZOOM_EVENT},
            responses={
                200: OpenApiResponse(ZoomValidationSerializer, "The answer to `endpoint.url_validation`."),
                204: OpenApiResponse(description="Taken."),
                401: refusal("Not signed by Zoom, or too long ago.", bad_signature="The signature does not fit."),
            },
        )
    }
