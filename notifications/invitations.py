"""Invitations by mail (RFC 5546), one to each party of a booking."""

import datetime as dt

from icalendar import vCalAddress, vText

from accounts.models import User
from bookings.models import Booking
from bookings.states import Status
from calendars import events
from calendars.events import Method


def invitation(booking: Booking, reader: User, *, now: dt.datetime) -> bytes:
    """Return the invitation for one person's calendar: a request, or a cancellation once it is cancelled."""
    event = events.event(booking, reader, stamp=now)
    if reader.email:
        event.add("attendee", _attendee(reader), encode=False)
    method = Method.CANCEL if booking.status == Status.CANCELLED else Method.REQUEST
    return bytes(events.calendar([event], method=method).to_ical())


def _attendee(reader: User) -> vCalAddress:
    """Return the reader as the only attendee, without RSVP: bookings are answered in the app."""
    attendee = vCalAddress(f"mailto:{reader.email}")
    attendee.params["CN"] = vText(reader.name or reader.email)
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    return attendee
