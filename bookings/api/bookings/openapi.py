"""The operations on bookings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from api_schema.openapi import Documented, operation
from api_schema.refusals import BOOKING_MISSING, INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.bookings.filters import BookingsQuery
from bookings.api.bookings.serializers import (
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    CompleteSerializer,
    DeclineSerializer,
    ExpectedSerializer,
    RescheduleSerializer,
)
from bookings.api.changes.serializers import HistorySerializer
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY
from bookings.services.start import HOST_BUSY, NOT_OWN_HOST


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


class StartLinkSerializer(serializers.Serializer[Any]):
    """A link that starts the meeting as its host."""

    start_url = serializers.URLField()


NOTICE = "The teacher asks for 1440 minutes of notice"
CHANGED = "The booking has changed since you saw it; please look again"
WRONG_STATUS = "Only pending or confirmed bookings can be cancelled; this one is completed"


class Bookings(Documented):
    """Bookings and their moves."""

    target_class = "bookings.api.bookings.views.BookingViewSet"
    tag = "Bookings"
    operations = {
        "list": operation(
            "listBookings",
            "Bookings that you may see",
            "Your own; staff see all.",
            {200: BookingSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
            parameters=[BookingsQuery],
        ),
        "my": operation(
            "listMyBookings",
            "Your own bookings",
            "As student or as teacher, ordered by start unless another order is requested.",
            {200: BookingSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
            parameters=[BookingsQuery],
        ),
        "create": operation(
            "requestBooking",
            "Request a session, or book one for a student",
            "A student's request blocks its time until the teacher answers or its start passes. Any free time can be "
            "requested, not only the offered slots. With `student_id` a teacher books for one of their own students, "
            "staff for anybody: `confirmed` at once, with a meeting, or pending until the student confirms it. The "
            "minimum notice does not apply to them; nor, with `outside_hours`, do working hours and absences.",
            {
                201: BookingSerializer,
                400: refusal(
                    "The time is not free, a field is invalid, or the student has too many unanswered requests.",
                    slot_unavailable="Time slot is not available",
                    too_many_pending="You have 20 unanswered requests; wait for an answer first",
                    own_teacher="You cannot book a session with yourself",
                    invalid="start_time: Sessions start on a whole minute.",
                ),
                403: refusal(
                    "The caller is not a student, or may not book for this person.",
                    permission_denied="Only students can request bookings",
                ),
                404: refusal("No such teacher, or no such student of this teacher.", not_found="Teacher not found"),
                500: refusal(
                    "Zoom created no meeting for a booking that was to be confirmed at once; its time is free again.",
                    zoom_failed="Failed to create Zoom meeting: [details]",
                ),
            },
            parameters=[IDEMPOTENCY_KEY],
            request=BookingRequestSerializer,
            examples=[
                OpenApiExample("An hour of Spanish", examples.WISH, request_only=True),
                OpenApiExample("For a student", examples.WISH_FOR_A_STUDENT, request_only=True),
                OpenApiExample("Requested", examples.REQUESTED, response_only=True, status_codes=[201]),
            ],
        ),
        "retrieve": operation(
            "getBooking",
            "One booking",
            "`can_cancel` and `can_reschedule` apply to the caller, at this moment.",
            {200: BookingSerializer, 404: BOOKING_MISSING},
        ),
        "partial_update": operation(
            "updateBooking",
            "Edit the notes, complete the session, or correct its outcome",
            "Exactly one of the three: `notes` by the student while the request is pending, `status: COMPLETED` by the "
            "teacher once the session has begun, or `outcome` by the teacher once it is completed. A session with "
            "feedback took place, so its outcome is final.",
            {
                200: BookingSerializer,
                400: refusal(
                    "The booking's status does not allow it, or a field is invalid.",
                    wrong_status="Notes can be edited only while the booking is pending",
                    not_begun="The session has not begun",
                    has_feedback="There is feedback on this session, so it took place",
                    invalid="non_field_errors: Send one of notes, status and outcome.",
                ),
                403: refusal("The caller may not do this.", permission_denied="Only teachers can complete bookings"),
                404: BOOKING_MISSING,
            },
            request=BookingPatchSerializer,
        ),
        "confirm": operation(
            "confirmBooking",
            "Confirm a request and create its Zoom meeting",
            "By the party that the booking `awaits`: its teacher, or the student for whom it was booked. It is "
            "confirmed only once it has its meeting.",
            {
                200: ConfirmedBookingSerializer,
                400: refusal(
                    "The booking is not pending, its start has passed, or another confirmation is in progress.",
                    wrong_status="Only pending bookings can be confirmed; this one is cancelled",
                    changed=CHANGED,
                    too_late="The session can no longer be confirmed: its start has passed",
                    being_confirmed="This booking is being confirmed; please look again in a moment",
                    refused="The booking has changed; please look again",
                    no_host_free="No Zoom host is free at the time of this session",
                ),
                403: refusal(
                    "The booking does not await the caller's answer.",
                    permission_denied="Only teachers can confirm bookings",
                ),
                404: BOOKING_MISSING,
                500: refusal(
                    "Zoom created no meeting; the booking is still pending and can be confirmed again.",
                    zoom_failed="Failed to create Zoom meeting: [details]",
                ),
            },
            parameters=[IDEMPOTENCY_KEY],
            request=ExpectedSerializer,
            examples=[OpenApiExample("Confirmed", examples.CONFIRMED, response_only=True)],
        ),
        "decline": operation(
            "declineBooking",
            "Decline a request",
            "By the party that the booking `awaits`, until the start. It is cancelled, and its time is free again.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The booking is not pending, or its start has passed.",
                    wrong_status="Only pending bookings can be declined; this one is confirmed",
                    too_late="The session can no longer be declined: its start has passed",
                    changed=CHANGED,
                ),
                403: refusal(
                    "The booking does not await the caller's answer.",
                    permission_denied="Only teachers can decline bookings",
                ),
                404: BOOKING_MISSING,
            },
            parameters=[IDEMPOTENCY_KEY],
            request=DeclineSerializer,
            examples=[
                OpenApiExample("With a reason", examples.CANCEL, request_only=True),
                OpenApiExample("Declined", examples.DECLINED, response_only=True),
            ],
        ),
        "cancel": operation(
            "cancelBooking",
            "Cancel a booking",
            "By either party, until the start. Its time is free again, and its meeting is deleted.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The booking is over, its start has passed, or the teacher asks for more notice.",
                    wrong_status=WRONG_STATUS,
                    changed=CHANGED,
                    too_late="The session can no longer be cancelled: its start has passed",
                    notice_too_short=NOTICE,
                ),
                404: BOOKING_MISSING,
            },
            parameters=[IDEMPOTENCY_KEY],
            request=CancelSerializer,
            examples=[
                OpenApiExample("With a reason", examples.CANCEL, request_only=True),
                OpenApiExample("Cancelled", examples.CANCELLED, response_only=True),
            ],
        ),
        "reschedule": operation(
            "rescheduleBooking",
            "Move a booking to another time",
            "By either party, until the start. The status stays the same, and the meeting is moved too. Without "
            "`duration` the session keeps its length. If the teacher's `reconfirm_moves` is set, a confirmed booking "
            "that its student moves is pending again; its meeting stays unchanged until the teacher answers. The "
            "minimum notice does not apply to the teacher; nor, with `outside_hours`, do working hours and absences.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The time is not free, the booking is over, or the teacher asks for more notice.",
                    slot_unavailable="Time slot is not available",
                    changed=CHANGED,
                    wrong_status="Only pending or confirmed bookings can be rescheduled; this one is cancelled",
                    too_late="The session can no longer be rescheduled: its start has passed",
                    too_many_pending="Your unanswered requests would hold more than 40 hours; wait for an answer first",
                    too_many_moves="You have moved this session 5 times within a day; try again later",
                    teacher_inactive="The teacher is no longer available; the session can only be cancelled",
                    notice_too_short=NOTICE,
                ),
                403: refusal(
                    "A student sent `outside_hours`.",
                    permission_denied="Only teachers can book outside their hours",
                ),
                404: BOOKING_MISSING,
            },
            parameters=[IDEMPOTENCY_KEY],
            request=RescheduleSerializer,
            examples=[OpenApiExample("The day after", examples.RESCHEDULE, request_only=True)],
        ),
        "complete": operation(
            "completeBooking",
            "Complete a session, with its outcome",
            "By its teacher, once the session has begun. Without `outcome` it took place.",
            {
                200: MovedBookingSerializer,
                400: refusal(
                    "The booking is not confirmed, or has not begun.",
                    not_begun="The session has not begun",
                    changed=CHANGED,
                    wrong_status="Only confirmed bookings can be completed; this one is pending",
                ),
                403: refusal("The caller is not its teacher.", permission_denied="Only teachers can complete bookings"),
                404: BOOKING_MISSING,
            },
            parameters=[IDEMPOTENCY_KEY],
            request=CompleteSerializer,
        ),
        "changes": operation(
            "listChangesOfBooking",
            "The booking's history",
            "Its moves in order: who made each, when, from what to what, and why.",
            {200: HistorySerializer(many=True), 404: BOOKING_MISSING},
        ),
        "start": operation(
            "getStartLink",
            "Start the meeting as its host",
            "For its teacher. The link is fetched from Zoom at this moment. Anybody who has it is the meeting's host: "
            "follow it at once, and never store or show it. Available if the host is the teacher's own Zoom user, or "
            "the school lets its teachers start meetings of its shared host.",
            {
                200: StartLinkSerializer,
                400: refusal(
                    "The booking is not confirmed, or the teacher may not start the meeting.",
                    not_own_host=NOT_OWN_HOST,
                    host_busy=HOST_BUSY,
                    wrong_status="Only confirmed bookings can be started; this one is pending",
                ),
                403: refusal("The caller is not its teacher.", permission_denied="Only teachers can start meetings"),
                404: BOOKING_MISSING,
                500: refusal("Zoom returned no link.", zoom_failed="Failed to start the Zoom meeting: [details]"),
            },
            extensions={"x-no-store": True},
        ),
    }
