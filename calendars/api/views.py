"""One's own calendar address, what calendar programs read there, and a booking as a calendar file."""

import uuid

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from api_schema.requests import Nothing, StrictView, valid
from bookings.models import Booking
from calendars import events, feed, keys
from calendars.api.serializers import AddressSerializer, FeedQuery, NewAddressSerializer
from calendars.models import Feed


class AddressView(StrictView):
    """GET, POST, DELETE: the caller's calendar address."""

    def get(self, request: Request) -> Response:
        found = Feed.objects.filter(user=caller(request)).first()
        answer = {"exists": found is not None, "created_at": found and found.created_at}
        return Response(AddressSerializer(answer).data)

    def post(self, request: Request) -> Response:
        """Make the address, or renew it. It is told now and never again."""
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
            raise NotFound("There is no such calendar")
        content = feed.content(reader, with_hours=self.asked()["hours"], now=timezone.now())
        return HttpResponse(content, content_type="text/calendar; charset=utf-8")


class CalendarFileView(StrictView):
    """GET: the booking as an .ics file for the caller's calendar."""

    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        booking = Booking.objects.visible_to(caller(request)).with_people().filter(pk=pk).first()
        if booking is None:
            raise NotFound("Booking not found")
        content = events.file(booking, caller(request), now=timezone.now())
        name = f'attachment; filename="session-{booking.start_time:%Y-%m-%d}.ics"'
        return HttpResponse(content, content_type="text/calendar", headers={"Content-Disposition": name})
