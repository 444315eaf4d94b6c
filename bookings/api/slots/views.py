"""A teacher's free slots and schedule."""

import datetime as dt
import uuid
from contextlib import suppress
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from accounts.models import User
from api_schema.requests import StrictView
from bookings.api.slots.filters import FirstSlotsQuery, ScheduleQuery, SlotsQuery
from bookings.api.slots.serializers import first_slot, not_offered_list, schedule_entries
from bookings.api.slots.written_days import written
from bookings.scheduling import calendar, schedule, timetable
from bookings.scheduling.first_slots import first_slots
from bookings.scheduling.own_time import own_time, with_clashes, without_clashes
from bookings.scheduling.timetable import Timetable
from wall_clock import zones


class AvailableSlotsView(StrictView):
    """When a teacher can be booked."""

    queries = {"get": SlotsQuery}
    _stored: Timetable | None = None

    @property
    def throttle_scope(self) -> str | None:
        """Explaining a month costs as much as twenty other requests."""
        return "explain" if "explain" in self.request.query_params else None

    def read_account(self, user_id: uuid.UUID) -> User | None:
        """Read the caller's account with the timetable: in a round trip of its own it costs a tenth of the request."""
        if self._operation in self.queries:
            with suppress(ValidationError):  # `get` raises it again, once the caller is known
                account, self._stored = timetable.find_with_account(user_id, **self._wanted())
                if account is not None:
                    return account
        return User.objects.by_id(user_id)

    def _wanted(self) -> dict[str, Any]:
        asked = self.asked()
        starts = timetable.on_dates(asked["date"], asked.get("end_date", asked["date"]))
        return {
            "teacher_id": asked["teacher_id"],
            "starts": starts,
            "ignoring": asked.get("booking_id", timetable.NOTHING),
        }

    def get(self, request: Request) -> Response:
        """Return the slots of up to 31 dates; with `explain`, also why other times are unavailable."""
        stored, asked = self._stored or timetable.find(**self._wanted()), self.asked()
        first, last = asked["date"], asked.get("end_date", asked["date"])
        moving, teacher = asked.get("booking_id"), stored.teacher
        own = own_time(caller(request), teacher, first, last, booking_id=moving, exclude_mine=asked["exclude_mine"])
        name, duration = asked.get("timezone", teacher.timezone), dt.timedelta(minutes=asked["duration"])
        wish = {"duration": duration, "timezone": name, "now": timezone.now()}
        body = {"date": first.isoformat(), "teacher_id": str(teacher.id), "timezone": name}
        if "end_date" in asked:
            body["end_date"] = last.isoformat()
        zone = zones.load(name)
        if not asked["explain"]:
            found = without_clashes(calendar.offered(stored, first, last, **wish), own)
            return Response(body | {"available_slots": written(found, zone, duration)})
        found, refused = calendar.explained(stored, first, last, **wish)
        refused = with_clashes(refused, found, own)
        found = without_clashes(found, own)
        answer = {"available_slots": written(found, zone, duration), "not_offered": not_offered_list(refused, zone)}
        return Response(body | answer)


class FirstSlotsView(StrictView):
    """When each of several teachers can be booked first."""

    queries = {"get": FirstSlotsQuery}

    def get(self, request: Request) -> Response:
        """Return the first slot of each teacher, or null."""
        asked = self.asked()
        found = first_slots(
            asked["teacher_ids"],
            first=asked.get("from"),
            timezone=asked.get("timezone"),
            duration=dt.timedelta(minutes=asked["duration"]),
            now=timezone.now(),
        )
        return Response({"first_slots": [first_slot(*each, asked.get("timezone")) for each in found]})


class ScheduleView(StrictView):
    """What a teacher's days look like."""

    queries = {"get": ScheduleQuery}

    def get(self, request: Request) -> Response:
        """Return live and completed bookings of the requested dates, in order."""
        asked = self.asked()
        found = schedule.between(asked["teacher_id"], asked["start_date"], asked["end_date"])
        return Response(
            {
                "teacher_id": str(asked["teacher_id"]),
                "start_date": asked["start_date"].isoformat(),
                "end_date": asked["end_date"].isoformat(),
                "bookings": schedule_entries(found, asked["teacher_id"], caller(request)),
            }
        )
