"""Bookings: each view translates, makes one call, and answers."""

import re
import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import valid
from bookings import services
from bookings.api.bookings.filters import BookingsQuery
from bookings.api.bookings.rows import rows
from bookings.api.bookings.serializers import (
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    RescheduleSerializer,
)
from bookings.models import Booking
from bookings.services import idempotency


def idempotency_key(request: Request) -> str | None:
    """The key under which the caller may repeat the request, where they sent one. Raises ValidationError (400)."""
    key = request.headers.get("Idempotency-Key")
    # A comma is how two headers of one name arrive.
    if key is not None and not re.fullmatch(r"[!-+\--~]{1,255}", key):
        sentence = "Send one key of at most 255 visible ASCII characters without blanks or commas."
        raise ValidationError({"Idempotency-Key": [sentence]})
    return key


class BookingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Booking]):
    """Bookings of the caller, as student or teacher."""

    serializer_class = BookingSerializer
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "head", "options"]
    throttle_scope: str | None = None

    def get_queryset(self) -> QuerySet[Booking]:
        """What the caller may know of; in lists, what they asked for."""
        bookings = Booking.objects.visible_to(caller(self.request))
        if self.detail:
            return bookings.with_people()
        asked = valid(BookingsQuery(data=self.request.query_params.dict()))
        found: QuerySet[Booking] = rows(asked.apply(bookings, caller(self.request)))
        return found

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
