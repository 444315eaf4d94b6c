"""The caller's calendar address, the feed there, a booking as a file, and a teacher's other calendars."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import mixins
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import caller
from accounts.languages import language_of
from accounts.permissions import IsTeacher
from api_schema.requests import Nothing, StrictView, valid
from bookings.api.repeats import RepeatableCreate
from bookings.models import Booking
from calendars import events, feed, keys, others
from calendars.api.serializers import (
    AddressSerializer,
    FeedQuery,
    NewAddressSerializer,
    NewPasswordSerializer,
    OtherCalendarSerializer,
)
from calendars.models import OtherCalendar


class AddressView(StrictView):
    """GET, POST, DELETE: the caller's calendar address."""

    def get(self, request: Request) -> Response:
        return Response(AddressSerializer(keys.state(caller(request))).data)

    def post(self, request: Request) -> Response:
        """Create or renew the address. It is shown only once."""
        valid(Nothing(data=request.data))
        found, path = keys.renew(user=caller(request), now=timezone.now())
        address = request.build_absolute_uri(path)
        answer = NewAddressSerializer({"url": address, "created_at": found.created_at}).data
        return Response(answer, status=201, headers={"Cache-Control": "no-store", "Location": address})

    def delete(self, request: Request) -> Response:
        keys.close(user=caller(request))
        return Response(status=204)


class FeedView(StrictView):
    """GET, by calendar programs: the secret in the address is the key."""

    authentication_classes = []
    permission_classes = []
    queries = {"get": FeedQuery}

    def get(self, request: Request, secret: str) -> HttpResponse:
        reader = keys.reader_of(secret)
        if reader is None:
            raise NotFound(_("There is no such calendar"))
        content = feed.content(reader, with_hours=self.asked()["hours"], now=timezone.now())
        headers = {"Content-Language": language_of(reader)}
        return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


class CalendarFileView(StrictView):
    """GET: the booking as an .ics file for the caller's calendar."""

    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        booking = Booking.objects.visible_to(caller(request)).with_people().filter(pk=pk).first()
        if booking is None:
            raise NotFound(_("Booking not found"))
        content = events.file(booking, caller(request), now=timezone.now())
        name = f'attachment; filename="session-{booking.start_time:%Y-%m-%d}.ics"'
        headers = {"Content-Disposition": name, "Content-Language": language_of(caller(request))}
        return HttpResponse(content, content_type="text/calendar", headers=headers)


class OtherCalendarsOfTeachers(IsTeacher):
    message = gettext_lazy("Only teachers can name other calendars")


class OtherCalendarViewSet(
    StrictView, RepeatableCreate, mixins.ListModelMixin, mixins.DestroyModelMixin, GenericViewSet[OtherCalendar]
):
    """The caller's other calendars, whose busy times cannot be booked: teachers, their own."""

    permission_classes = [IsAuthenticated, OtherCalendarsOfTeachers]
    serializer_class = OtherCalendarSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[OtherCalendar]:
        return OtherCalendar.objects.filter(teacher=caller(self.request))

    def perform_create(self, serializer: BaseSerializer[OtherCalendar]) -> None:
        asked = {"name": ""} | serializer.validated_data
        asked.pop("kind")  # it follows from the rest
        serializer.instance = others.add(teacher=caller(self.request), **asked, now=timezone.now())

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        calendar = self.get_object()
        password = valid(NewPasswordSerializer(data=request.data)).validated_data["password"]
        changed = others.change_password(calendar=calendar, password=password, now=timezone.now())
        return Response(self.get_serializer(changed).data)

    def perform_destroy(self, instance: OtherCalendar) -> None:
        others.remove(calendar=instance)
