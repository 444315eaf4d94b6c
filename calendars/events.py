"""Bookings as events: a permanent UID per booking, its version as SEQUENCE, times in UTC (RFC 5545 and 7986)."""

import datetime as dt
import uuid
from collections.abc import Iterable
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri

from accounts.languages import written_for
from accounts.models import User
from bookings.models import Booking
from bookings.scheduling.slots import Span
from bookings.states import Status

PRODUCT = "-//Bookings//EN"
REMIND_BEFORE = dt.timedelta(minutes=15)


class Method(StrEnum):
    """The iTIP method: what a calendar is to do with the events (RFC 5546)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


STATUSES = {
    Status.PENDING: "TENTATIVE",
    Status.CONFIRMED: "CONFIRMED",
    Status.COMPLETED: "CONFIRMED",
    Status.CANCELLED: "CANCELLED",
}


def calendar(events: Iterable[Event], *, method: Method | None = None) -> Calendar:
    """Return the events as a calendar; without a method it is one to subscribe to."""
    found = Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    if method is not None:
        found.add("method", method.value)
    for each in events:
        found.add_component(each)
    return found


def file(booking: Booking, reader: User, *, now: dt.datetime) -> bytes:
    """Return the booking as a file to be imported into a calendar."""
    with written_for(reader):
        return bytes(calendar([event(booking, reader, stamp=now)], method=Method.PUBLISH).to_ical())


def uid(booking_id: uuid.UUID) -> str:
    return f"{booking_id}@bookings"


def booking_id(text: str) -> uuid.UUID | None:
    """Return the booking id in this UID; None for events of other calendars."""
    found, _, domain = text.partition("@")
    try:
        return uuid.UUID(found) if domain == "bookings" else None
    except ValueError:
        return None


def event(booking: Booking, reader: User, *, stamp: dt.datetime) -> Event:
    """Return the booking as an event of `reader`, one of its parties.

    `stamp`: when the event was written; in a calendar without a method, when it last changed (RFC 5545, 3.8.7.2).
    """
    found = Event()
    found.add("uid", uid(booking.id))
    found.add("sequence", booking.version)
    found.add("dtstamp", stamp.astimezone(dt.UTC))
    found.add("last-modified", booking.updated_at.astimezone(dt.UTC))
    _add_times(found, Span(booking.start_time, booking.end_time))
    found.add("status", STATUSES[Status(booking.status)])
    found.add("summary", _summary(booking, reader))
    found.add("organizer", _organizer())
    if booking.status == Status.CONFIRMED and booking.zoom_join_url:
        _add_meeting(found, booking)
    return found


def open_hours(teacher: User, span: Span, *, stamp: dt.datetime) -> Event:
    """Return a span of working hours as an event that does not block its time."""
    found = Event()
    found.add("uid", f"{span.start:%Y%m%dT%H%M%SZ}-{teacher.id}@hours.bookings")
    found.add("dtstamp", stamp.astimezone(dt.UTC))
    _add_times(found, span)
    found.add("summary", _("Open for sessions"))
    found.add("transp", "TRANSPARENT")
    return found


def _add_times(found: Event, span: Span) -> None:
    found.add("dtstart", span.start.astimezone(dt.UTC))
    found.add("dtend", span.end.astimezone(dt.UTC))


def _summary(booking: Booking, reader: User) -> str:
    other = booking.student if reader.id == booking.teacher_id else booking.teacher
    return _("Session with %(name)s") % {"name": other.name} if other.name else _("Session")


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}")
    organizer.params["CN"] = vText(settings.SCHOOL_NAME)
    return organizer


def _add_meeting(found: Event, booking: Booking) -> None:
    found.add("location", booking.zoom_join_url)
    conference = vUri(booking.zoom_join_url or "")
    conference.params["FEATURE"] = vText("VIDEO")
    conference.params["LABEL"] = vText("Zoom")
    found.add("conference", conference, encode=False)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Session"))
    alarm.add("trigger", -REMIND_BEFORE)
    found.add_component(alarm)
