"""A teacher's free slots and schedule."""

import datetime as dt

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication.bearer import caller
from api_schema.requests import valid
from bookings.api.slots.filters import SLOTS_QUERY, ScheduleQuery
from bookings.api.slots.serializers import not_offered_list, schedule_entries
from bookings.api.slots.written_days import written
from bookings.scheduling import calendar, schedule, timetable
from wall_clock import zones


class AvailableSlotsView(APIView):
    """When a teacher can be booked."""

    def get(self, request: Request) -> Response:
        """The slots of a date, or of up to 31; with `explain`, also why the other times are none."""
        asked = SLOTS_QUERY.run_validation(request.query_params.dict())
        first, last = asked["date"], asked.get("end_date", asked["date"])
        stored = timetable.find(asked["teacher_id"], first, last)
        teacher = stored.teacher
        name, duration = asked.get("timezone", teacher.timezone), dt.timedelta(minutes=asked["duration"])
        zone, now = zones.load(name), timezone.now()
        body = {"date": first.isoformat(), "teacher_id": str(teacher.id), "timezone": name}
        if "end_date" in asked:
            body["end_date"] = last.isoformat()
        if not asked["explain"]:
            found = calendar.offered(stored, first, last, duration=duration, timezone=name, now=now)
            return Response(body | {"available_slots": written(found, zone, duration)})
        found, refused = calendar.explained(stored, first, last, duration=duration, timezone=name, now=now)
        answer = {"available_slots": written(found, zone, duration), "not_offered": not_offered_list(refused, zone)}
        return Response(body | answer)


class ScheduleView(APIView):
    """What a teacher's days look like."""

    def get(self, request: Request) -> Response:
        """Live and completed bookings of the dates asked for, in order."""
        asked = valid(ScheduleQuery(data=request.query_params.dict())).validated_data
        found = schedule.between(asked["teacher_id"], asked["start_date"], asked["end_date"])
        return Response(
            {
                "teacher_id": str(asked["teacher_id"]),
                "start_date": asked["start_date"].isoformat(),
                "end_date": asked["end_date"].isoformat(),
                "bookings": schedule_entries(found, asked["teacher_id"], caller(request)),
            }
        )
