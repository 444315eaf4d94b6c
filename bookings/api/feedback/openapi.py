"""The operations on feedback."""

from drf_spectacular.utils import OpenApiExample

from api_schema.openapi import Described, Documented, operation
from api_schema.refusals import BOOKING_MISSING, INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.feedback.serializers import FeedbackQuery, FeedbackRequestSerializer, FeedbackSerializer
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY


class FeedbackOfStudents(Documented):
    """Feedback."""

    target_class = "bookings.api.feedback.views.FeedbackViewSet"
    tag = "Feedback"
    operations = {
        "list": operation(
            "listFeedback",
            "Feedback that you wrote or received",
            "Latest first.",
            {200: FeedbackSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
            parameters=[FeedbackQuery],
        ),
        "create": operation(
            "leaveFeedback",
            "Rate a completed session",
            "By its student, once.",
            {
                201: FeedbackSerializer,
                400: refusal(
                    "The session is not completed, has feedback already, or a field is invalid.",
                    wrong_status="Feedback can be left only for completed bookings",
                    did_not_take_place="Feedback can be left only for sessions that took place",
                    already_left="Feedback has already been left for this booking",
                ),
                403: refusal("The caller is not its student.", permission_denied="Only students can leave feedback"),
                404: BOOKING_MISSING,
            },
            parameters=[IDEMPOTENCY_KEY],
            request=FeedbackRequestSerializer,
            examples=[OpenApiExample("Five of five", examples.FEEDBACK, request_only=True)],
        ),
        "retrieve": operation(
            "getFeedback",
            "One piece of feedback",
            "For its student, its teacher, and staff.",
            {200: FeedbackSerializer, 404: refusal("No such feedback.", not_found="Not found.")},
        ),
    }


class FeedbackRequestShape(Described):
    target_class = "bookings.api.feedback.serializers.FeedbackRequestSerializer"
    request_name = "Feedback"
