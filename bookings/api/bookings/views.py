"""Views of bookings: each validates, calls one service, and responds."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import caller
from api_schema.requests import StrictView, valid, validated
from bookings import services
from bookings.api.bookings.filters import BookingsQuery
from bookings.api.bookings.listing import Listing
from bookings.api.bookings.serializers import (
    BookingPatchSerializer,
    BookingRequestSerializer,
    BookingSerializer,
    CancelSerializer,
    CompleteSerializer,
    ExpectedSerializer,
    RescheduleSerializer,
    booking_json,
)
from bookings.api.changes.serializers import HistorySerializer
from bookings.api.repeats import created, repeatable
from bookings.models import Booking
from bookings.states import Outcome


def _is_confirmed_at_once(request: Request) -> bool:
    return request.data.get("confirmed") is True


def _always(request: Request) -> bool:
    return True


class BookingViewSet(StrictView, GenericViewSet[Booking]):
    """Bookings of the caller, as student or teacher."""

    serializer_class = BookingSerializer  # for OPTIONS
    lookup_value_converter = "uuid"
    queries = {"list": BookingsQuery, "my": BookingsQuery}
    paged = ("list", "my", "changes")
    http_method_names = ["get", "post", "patch", "head", "options"]
    throttle_scope: str | None = None

    def get_queryset(self) -> QuerySet[Booking]:
        """Return the bookings visible to the caller; in lists, filtered."""
        user = caller(self.request)
        if self.detail:
            return Booking.objects.visible_to(user).with_people()
        return Listing(self.asked(), user=user, now=timezone.now())  # type: ignore[return-value]  # it acts as one

    def get_object(self) -> Booking:
        """Return the booking. Raises the same NotFound for a missing booking and for somebody else's."""
        booking = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if booking is None:
            raise NotFound(_("Booking not found"))
        return booking

    def list(self, request: Request) -> Response:
        """Return a page of the bookings that the caller may see."""
        user, now = caller(request), timezone.now()
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([booking_json(row, user=user, now=now) for row in page])

    def retrieve(self, request: Request, pk: uuid.UUID) -> Response:
        return Response(self._json(self.get_object()))

    @repeatable(calls_zoom=_is_confirmed_at_once)
    def create(self, request: Request) -> Response:
        """Request a session as a student, or book one for a student."""
        asked = validated(BookingRequestSerializer, request.data)
        asked["start"] = asked.pop("start_time")
        by, now = caller(request), timezone.now()
        if "student_id" in asked:
            booking = services.book_for_student(by=by, now=now, **asked)
        else:
            booking = services.request_booking(student=by, now=now, **asked)
        return created(request, self._json(booking))

    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Edit the notes as the student; complete the session or correct its outcome as the teacher."""
        asked = valid(BookingPatchSerializer(data=request.data)).validated_data
        by, now = caller(request), timezone.now()
        if "status" in asked:
            booking = services.complete_booking(booking_id=pk, by=by, now=now)
        elif "outcome" in asked:
            booking = services.correct_outcome(booking_id=pk, by=by, now=now, outcome=Outcome(asked["outcome"]))
        else:
            booking = services.edit_notes(booking_id=pk, by=by, notes=asked["notes"], now=now)
        return Response(self._json(booking))

    @action(detail=False)
    def my(self, request: Request) -> Response:
        return self.list(request)

    @action(detail=True)
    def changes(self, request: Request, pk: uuid.UUID) -> Response:
        """Return the booking's history in order."""
        history: QuerySet[Any] = self.get_object().changes.select_related("by").order_by("id")
        page: Any = self.paginate_queryset(history)
        return self.get_paginated_response(HistorySerializer(page, many=True).data)

    @action(detail=True)
    def start(self, request: Request, pk: uuid.UUID) -> Response:
        """Return the host's start link: a secret that no cache may keep."""
        link = services.start_link(booking_id=pk, by=caller(request), now=timezone.now())
        return Response({"start_url": link}, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    @action(detail=True, methods=["post"], throttle_scope="confirm")
    @repeatable(calls_zoom=_always)
    def confirm(self, request: Request, pk: uuid.UUID) -> Response:
        """Confirm the booking and create its Zoom meeting."""
        asked = valid(ExpectedSerializer(data=request.data))
        booking = services.confirm_booking(
            booking_id=pk, by=caller(request), now=timezone.now(), expected=asked.expected
        )
        zoom_info = {
            "join_url": booking.zoom_join_url,
            "meeting_id": booking.zoom_meeting_id,
            "password": booking.zoom_password,
        }
        return self._moved(_("Booking confirmed and Zoom meeting created"), booking, zoom_info=zoom_info)

    @action(detail=True, methods=["post"])
    @repeatable()
    def decline(self, request: Request, pk: uuid.UUID) -> Response:
        """Decline the booking."""
        return self._end(request, pk, services.decline_booking, _("Booking declined successfully"))

    @action(detail=True, methods=["post"])
    @repeatable()
    def cancel(self, request: Request, pk: uuid.UUID) -> Response:
        """Cancel the session; its meeting is deleted."""
        return self._end(request, pk, services.cancel_booking, _("Booking cancelled successfully"))

    @action(detail=True, methods=["post"])
    @repeatable()
    def reschedule(self, request: Request, pk: uuid.UUID) -> Response:
        """Reschedule the session; its meeting follows."""
        asked = valid(RescheduleSerializer(data=request.data))
        booking = services.reschedule_booking(
            booking_id=pk,
            by=caller(request),
            start=asked.validated_data["start_time"],
            duration=asked.validated_data.get("duration"),
            outside_hours=asked.validated_data["outside_hours"],
            now=timezone.now(),
            expected=asked.expected,
        )
        return self._moved(_("Booking rescheduled successfully"), booking)

    @action(detail=True, methods=["post"])
    @repeatable()
    def complete(self, request: Request, pk: uuid.UUID) -> Response:
        """Complete the session with its outcome."""
        asked = valid(CompleteSerializer(data=request.data))
        booking = services.complete_booking(
            booking_id=pk,
            by=caller(request),
            now=timezone.now(),
            outcome=Outcome(asked.validated_data["outcome"]),
            expected=asked.expected,
        )
        return self._moved(_("Booking completed successfully"), booking)

    def _end(self, request: Request, pk: uuid.UUID, service: Callable[..., Booking], message: str) -> Response:
        asked = valid(CancelSerializer(data=request.data))
        reason, expected = asked.validated_data["reason"], asked.expected
        booking = service(booking_id=pk, by=caller(request), reason=reason, now=timezone.now(), expected=expected)
        return self._moved(message, booking)

    def _json(self, booking: Booking) -> dict[str, Any]:
        return booking_json(booking, user=caller(self.request), now=timezone.now())

    def _moved(self, message: str, booking: Booking, **more: Any) -> Response:
        return Response({"message": message, "booking": self._json(booking), **more})
