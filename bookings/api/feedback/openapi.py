"""The operations on feedback."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from api_schema.openapi import Described, Documented
from api_schema.refusals import BOOKING_MISSING, INVALID, PAGE_MISSING, refusal
from bookings.api import examples
from bookings.api.feedback.serializers import FeedbackQuery, FeedbackRequestSerializer, FeedbackSerializer
from bookings.api.repeats_openapi import IDEMPOTENCY_KEY


class FeedbackOfStudents(Documented):
    """Feedback."""

    target_class = "bookings.api.feedback.views.FeedbackViewSet"
    operations = {
        "list": extend_schema(
            operation_id="listFeedback",
            tags=["Feedback"],
            summary="Feedback that you wrote or received",
            description="The latest first.",
            parameters=[FeedbackQuery],
            responses={200: FeedbackSerializer(many=True), 400: INVALID, 404: PAGE_MISSING},
        ),
        "create": extend_schema(
            operation_id="leaveFeedback",
            parameters=[IDEMPOTENCY_KEY],
            tags=["Feedback"],
            summary="Rate a completed session",
            description="Its student, once.",
            request=FeedbackRequestSerializer,
            responses={
                201: FeedbackSerializer,
                400: refusal(
                    "The session is not completed, has its feedback already, or a field is wrong.",
                    wrong_status="Feedback can be left only for completed bookings",
                    did_not_take_place="Feedback can be left only for sessions that took place",
                    already_left="Feedback has already been left for this booking",
                ),
                403: refusal("The caller is not its student.", permission_denied="Only students can leave feedback"),
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


class FeedbackRequestShape(Described):
    target_class = "bookings.api.feedback.serializers.FeedbackRequestSerializer"
    request_name = "Feedback"
