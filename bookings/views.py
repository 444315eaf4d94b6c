"""The API: each view translates, makes one call, and answers."""

import datetime as dt
import re
import uuid
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from accounts.authentication.bearer import caller
from bookings import services
from bookings.filters import SLOTS_QUERY, BookingsQuery, ScheduleQuery, TeacherQuery
from bookings.models import Availability, Booking, Feedback, TimeOff
from bookings.permissions import TeachersOnly, TeachersWrite
from bookings.scheduling import calendar, slots
from bookings.serializers import (
    AvailabilitySerializer,
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    FeedbackRequestSerializer,
    FeedbackSerializer,
    RescheduleSerializer,
    TimeOffSerializer,
    not_offered_list,
    schedule_entry,
    slot_list,
)
from bookings.services import idempotency, zoom_events
from bookings.states import LIVE, Status
from wall_clock import zones

S = TypeVar("S", bound=Serializer[Any])


def valid(serializer: S) -> S:
    """The serializer, once its data is known to be well formed. Raises ValidationError (400)."""
    serializer.is_valid(raise_exception=True)
    return serializer


def idempotency_key(request: Request) -> str | None:
    """The key under which the caller may repeat the request, where they sent one. Raises ValidationError (400)."""
    key = request.headers.get("Idempotency-Key")
    # A comma is how two headers of one name arrive.
    if key is not None and not re.fullmatch(r"[!-+\--~]{1,255}", key):
        sentence = "Send one key of at most 255 visible ASCII characters without blanks or commas."
        raise ValidationError({"Idempotency-Key": [sentence]})
    return key


class AvailabilityViewSet(ModelViewSet[Availability]):
    """Working hours: everybody reads a teacher's, teachers write their own."""

    permission_classes = [IsAuthenticated, TeachersWrite]
    serializer_class = AvailabilitySerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Availability]:
        """What the caller may touch with this method: to write, their own; to read, anybody's."""
        if self.request.method not in ("GET", "HEAD", "OPTIONS"):
            return Availability.objects.filter(teacher=caller(self.request))
        if self.action != "list":
            return Availability.objects.all()
        asked = valid(TeacherQuery(data=self.request.query_params.dict())).validated_data
        return Availability.objects.filter(teacher_id=asked.get("teacher_id", caller(self.request).pk))

    def perform_create(self, serializer: BaseSerializer[Availability]) -> None:
        """Hours belong to whoever sets them."""
        serializer.save(teacher=caller(self.request))


class TimeOffViewSet(mixins.CreateModelMixin, mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[TimeOff]):
    """Absences: teachers, their own."""

    permission_classes = [IsAuthenticated, TeachersOnly]
    serializer_class = TimeOffSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[TimeOff]:
        """The caller's own."""
        return TimeOff.objects.filter(teacher=caller(self.request))

    def perform_create(self, serializer: BaseSerializer[TimeOff]) -> None:
        """An absence belongs to whoever announces it."""
        serializer.save(teacher=caller(self.request))


class AvailableSlotsView(APIView):
    """When a teacher can be booked."""

    def get(self, request: Request) -> Response:
        """The slots of a date, or of up to 31; with `explain`, also why the other times are none."""
        asked = SLOTS_QUERY.run_validation(request.query_params.dict())
        teacher = calendar.teacher_with_rules(asked["teacher_id"])
        first, last = asked["date"], asked.get("end_date", asked["date"])
        name, duration = asked.get("timezone", teacher.timezone), dt.timedelta(minutes=asked["duration"])
        zone, now = zones.load(name), timezone.now()
        body = {"date": first.isoformat(), "teacher_id": str(teacher.id), "timezone": name}
        if "end_date" in asked:
            body["end_date"] = last.isoformat()
        if not asked["explain"]:
            found = calendar.offered(teacher, first, last, duration=duration, timezone=name, now=now)
            return Response(body | {"available_slots": slot_list(found, zone)})
        found, refused = calendar.explained(teacher, first, last, duration=duration, timezone=name, now=now)
        answer = {"available_slots": slot_list(found, zone), "not_offered": not_offered_list(refused, zone)}
        return Response(body | answer)


class ScheduleView(APIView):
    """What a teacher's days look like."""

    def get(self, request: Request) -> Response:
        """Live and completed bookings of the dates asked for, in order."""
        asked = valid(ScheduleQuery(data=request.query_params.dict())).validated_data
        teacher = calendar.teacher_with_rules(asked["teacher_id"])
        days = slots.days_between(asked["start_date"], asked["end_date"], zones.load(teacher.timezone))
        statuses = (*LIVE, Status.COMPLETED)
        bookings = Booking.objects.filter(teacher=teacher, status__in=statuses).select_related("student")
        shown = bookings.filter(start_time__lt=days.end, end_time__gt=days.start) if days else bookings.none()
        return Response(
            {
                "teacher_id": str(teacher.id),
                "start_date": asked["start_date"].isoformat(),
                "end_date": asked["end_date"].isoformat(),
                "bookings": [schedule_entry(booking, caller(request)) for booking in shown],
            }
        )


class ZoomWebhookView(APIView):
    """What Zoom tells us. Nobody signs in here; the signature of the body is what counts."""

    authentication_classes = []
    permission_classes = []
    throttle_scope = "webhook"

    def post(self, request: Request) -> Response:
        """204, or the answer to Zoom's validation; 401 for what Zoom did not sign."""
        secret, now = settings.ZOOM_WEBHOOK_SECRET_TOKEN, timezone.now()
        timestamp, signature = (request.headers.get(name, "") for name in ("x-zm-request-timestamp", "x-zm-signature"))
        if not zoom_events.is_genuine(
            body=request.body, timestamp=timestamp, signature=signature, secret=secret, now=now
        ):
            raise Forged
        if request.data.get("event") == zoom_events.URL_VALIDATION:
            return Response(zoom_events.validation(request.data, secret))
        zoom_events.take(request.data, now=now)
        return Response(status=204)


class Forged(APIException):
    """A message that Zoom did not sign, or signed too long ago."""

    status_code = 401
    default_detail = "The signature does not fit."
    default_code = "bad_signature"


class BookingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Booking]):
    """Bookings of the caller, as student or teacher."""

    serializer_class = BookingSerializer
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "head", "options"]
    throttle_scope: str | None = None

    def get_queryset(self) -> QuerySet[Booking]:
        """What the caller may know of; in lists, what they asked for."""
        bookings = Booking.objects.visible_to(caller(self.request)).with_people()
        if self.detail:
            return bookings
        return valid(BookingsQuery(data=self.request.query_params.dict())).apply(bookings, caller(self.request))

    def get_object(self) -> Booking:
        """The booking. Raises NotFound, the same for what is not there and what is not the caller's."""
        booking = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if booking is None:
            raise NotFound("Booking not found")
        return booking

    def get_serializer_context(self) -> dict[str, Any]:
        """For whom and when `can_cancel` and `can_reschedule` answer."""
        return super().get_serializer_context() | {"user": caller(self.request), "now": timezone.now()}

    def create(self, request: Request) -> Response:
        """A student asks for a session."""
        asked = valid(BookingRequestSerializer(data=request.data)).validated_data
        asked["start"] = asked.pop("start_time")
        student, now = caller(request), timezone.now()

        def work() -> Any:
            return self.get_serializer(services.request_booking(student=student, now=now, **asked)).data

        key = idempotency_key(request)
        if key is None:
            return Response(work(), status=201)
        sent = idempotency.Sent.of(key, request.data)
        return Response(idempotency.once(work, sent=sent, by=student, now=now), status=201)

    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """The student edits the notes, or the teacher completes the session."""
        asked = valid(BookingPatchSerializer(data=request.data)).validated_data
        if "status" in asked:
            booking = services.complete_booking(booking_id=pk, by=caller(request), now=timezone.now())
        else:
            booking = services.edit_notes(booking_id=pk, by=caller(request), notes=asked["notes"])
        return Response(self.get_serializer(booking).data)

    @action(detail=False)
    def my(self, request: Request) -> Response:
        """The caller's own bookings."""
        return self.list(request)

    @action(detail=True, methods=["post"], throttle_scope="confirm")
    def confirm(self, request: Request, pk: uuid.UUID) -> Response:
        """The teacher agrees, and a Zoom meeting is made."""
        booking = services.confirm_booking(booking_id=pk, by=caller(request), now=timezone.now())
        zoom_info = {
            "join_url": booking.zoom_join_url,
            "meeting_id": booking.zoom_meeting_id,
            "password": booking.zoom_password,
        }
        return self._moved("Booking confirmed and Zoom meeting created", booking, zoom_info=zoom_info)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: uuid.UUID) -> Response:
        """Either party calls the session off; its meeting is deleted."""
        asked = valid(CancelSerializer(data=request.data)).validated_data
        booking = services.cancel_booking(booking_id=pk, by=caller(request), now=timezone.now(), **asked)
        return self._moved("Booking cancelled successfully", booking)

    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: uuid.UUID) -> Response:
        """Either party moves the session; its meeting follows."""
        asked = valid(RescheduleSerializer(data=request.data)).validated_data
        booking = services.reschedule_booking(
            booking_id=pk,
            by=caller(request),
            start=asked["start_time"],
            duration=asked.get("duration"),
            now=timezone.now(),
        )
        return self._moved("Booking rescheduled successfully", booking)

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: uuid.UUID) -> Response:
        """The teacher says that the session took place."""
        booking = services.complete_booking(booking_id=pk, by=caller(request), now=timezone.now())
        return self._moved("Booking completed successfully", booking)

    def _moved(self, message: str, booking: Booking, **more: Any) -> Response:
        return Response({"message": message, "booking": self.get_serializer(booking).data, **more})


class FeedbackViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Feedback]):
    """What students say of their sessions: student and teacher read it."""

    serializer_class = FeedbackSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Feedback]:
        """What the caller may read."""
        return Feedback.objects.visible_to(caller(self.request)).select_related("booking__student", "booking__teacher")

    def create(self, request: Request) -> Response:
        """The student rates a completed session, once."""
        asked = valid(FeedbackRequestSerializer(data=request.data)).validated_data
        feedback = services.leave_feedback(by=caller(request), now=timezone.now(), **asked)
        return Response(self.get_serializer(feedback).data, status=201)
