"""The calendar at a person's address."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from icalendar import Event

from accounts.languages import written_for
from accounts.models import User
from bookings.models import Availability, Booking, TimeOff
from bookings.scheduling import slots
from bookings.scheduling.slots import MIDNIGHT, Span, Window
from calendars import events
from wall_clock import zones

BACK, AHEAD = dt.timedelta(days=183), dt.timedelta(days=366)
# Suggested refresh interval (RFC 7986, 5.7).
ASK_AGAIN = dt.timedelta(hours=1)


def content(reader: User, *, with_hours: bool, now: dt.datetime) -> bytes:
    """Return the reader's bookings from six months ago to a year ahead, and a teacher's open hours if asked for.

    It is in the reader's language. The same rows give the same bytes all day, so the ETag stays valid.
    """
    with written_for(reader):
        return _content(reader, now, with_hours=with_hours)


def _content(reader: User, now: dt.datetime, *, with_hours: bool) -> bytes:
    found = events.calendar([*_bookings(reader, now), *(_hours(reader, now) if with_hours else ())])
    found.add("name", settings.SCHOOL_NAME)
    found.add("x-wr-calname", settings.SCHOOL_NAME)
    found.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    return bytes(found.to_ical())


def _bookings(reader: User, now: dt.datetime) -> Iterator[Event]:
    shown = Booking.objects.of(reader.id).filter(start_time__gt=now - BACK, start_time__lt=now + AHEAD)
    for booking in shown.select_related("student", "teacher").order_by("start_time", "id"):
        yield events.event(booking, reader, stamp=booking.updated_at)


def _hours(teacher: User, now: dt.datetime) -> Iterator[Event]:
    zone = zones.load(teacher.timezone)
    today = now.astimezone(zone).date()
    dates = Q(date=None) | Q(date__gte=today, date__lte=today + AHEAD)
    rows = Availability.objects.filter(dates, teacher=teacher)
    windows = [Window(row.day_of_week, row.start_time, row.end_time, row.date) for row in rows]
    absences = TimeOff.objects.filter(teacher=teacher, end_time__gt=now).values_list("start_time", "end_time")
    hours = slots.union(slots.windows_between(today, today + AHEAD, windows, zone))
    for span in slots.subtract(hours, [Span(*absence) for absence in absences]):
        yield events.open_hours(teacher, span, stamp=dt.datetime.combine(today, MIDNIGHT, dt.UTC))
