"""Calendar invitations: one UID a booking for ever, SEQUENCE its version (RFC 5545, 5546 and 7986)."""

import datetime as dt
from enum import StrEnum

from django.conf import settings
from icalendar import Alarm, Calendar, Event, vCalAddress, vText, vUri

from accounts.models import User
from bookings.models import Booking
from bookings.states import Status

PRODUCT = "-//Bookings//EN"
REMIND_BEFORE = dt.timedelta(minutes=15)


class Method(StrEnum):
    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


STATUSES = {
    Status.PENDING: "TENTATIVE",
    Status.CONFIRMED: "CONFIRMED",
    Status.COMPLETED: "CONFIRMED",
    Status.CANCELLED: "CANCELLED",
}


def invitation(booking: Booking, reader: User, *, now: dt.datetime) -> bytes:
    """Return the booking as one person's calendar takes it: a request, or a cancellation once it is cancelled."""
    method = Method.CANCEL if booking.status == Status.CANCELLED else Method.REQUEST
    calendar = empty_calendar(method)
    calendar.add_component(event(booking, reader, now=now))
    return bytes(calendar.to_ical())


def file(booking: Booking, reader: User, *, now: dt.datetime) -> bytes:
    """Return the booking as a file to be added to a calendar by hand."""
    calendar = empty_calendar(Method.PUBLISH)
    calendar.add_component(event(booking, reader, now=now))
    return bytes(calendar.to_ical())


def empty_calendar(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    return calendar


def event(booking: Booking, reader: User, *, now: dt.datetime) -> Event:
    """Return the booking as an event, in UTC. `reader`, one of its parties, alone is listed as attendee."""
    found = Event()
    found.add("uid", f"{booking.id}@bookings")
    found.add("sequence", booking.version)
    found.add("dtstamp", now.astimezone(dt.UTC))
    found.add("last-modified", booking.updated_at.astimezone(dt.UTC))
    found.add("dtstart", booking.start_time.astimezone(dt.UTC))
    found.add("dtend", booking.end_time.astimezone(dt.UTC))
    found.add("status", STATUSES[Status(booking.status)])
    found.add("summary", _summary(booking, reader))
    found.add("organizer", _organizer())
    if reader.email:
        found.add("attendee", _attendee(reader), encode=False)
    if booking.status == Status.CONFIRMED and booking.zoom_join_url:
        _add_meeting(found, booking)
    return found


def _summary(booking: Booking, reader: User) -> str:
    other = booking.student if reader.id == booking.teacher_id else booking.teacher
    return f"Session with {other.name}".strip() if other.name else "Session"


def _organizer() -> vCalAddress:
    organizer = vCalAddress(f"mailto:{settings.DEFAULT_FROM_EMAIL}")
    organizer.params["CN"] = vText(settings.SCHOOL_NAME)
    return organizer


def _attendee(reader: User) -> vCalAddress:
    """Nobody is asked to reply: the booking is settled in the app."""
    attendee = vCalAddress(f"mailto:{reader.email}")
    attendee.params["CN"] = vText(reader.name or reader.email)
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    return attendee


def _add_meeting(found: Event, booking: Booking) -> None:
    found.add("location", booking.zoom_join_url)
    conference = vUri(booking.zoom_join_url or "")
    conference.params["FEATURE"] = vText("VIDEO")
    conference.params["LABEL"] = vText("Zoom")
    found.add("conference", conference, encode=False)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "Session")
    alarm.add("trigger", -REMIND_BEFORE)
    found.add_component(alarm)
