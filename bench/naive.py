"""Slots as they are usually implemented: load all the teacher's bookings, and compare every slot with each."""

import datetime as dt
from zoneinfo import ZoneInfo

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from accounts.models import User
from bookings.models import Availability, Booking


class BookingTimes(ModelSerializer[Booking]):
    """The fields needed here. Loading students would be slower still."""

    class Meta:
        model = Booking
        fields = ["start_time", "end_time", "status"]


class NaiveSlots(APIView):
    """The starts of one date's slots, each an hour long."""

    def get(self, request: Request) -> Response:
        """Correct unless hours overlap, or there are buffers, absences or clock changes."""
        teacher = User.objects.get(id=request.query_params["teacher_id"])
        day, zone = dt.date.fromisoformat(request.query_params["date"]), ZoneInfo(teacher.timezone)
        bookings = BookingTimes(Booking.objects.filter(teacher=teacher), many=True).data
        slots = []
        for window in Availability.objects.filter(teacher=teacher, day_of_week=day.weekday()):
            start = dt.datetime.combine(day, window.start_time, zone)
            while start + dt.timedelta(hours=1) <= dt.datetime.combine(day, window.end_time, zone):
                if not any(_clash(start, start + dt.timedelta(hours=1), booking) for booking in bookings):
                    slots.append({"start": start.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")})
                start += dt.timedelta(minutes=30)
        return Response({"available_slots": slots})


def _clash(start: dt.datetime, end: dt.datetime, booking: dict[str, str]) -> bool:
    if booking["status"] not in ("PENDING", "CONFIRMED"):
        return False
    booked = dt.datetime.fromisoformat(booking["start_time"]), dt.datetime.fromisoformat(booking["end_time"])
    return booked[0] < end and start < booked[1]
