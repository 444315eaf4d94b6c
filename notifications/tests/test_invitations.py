"""notifications.invitations: what a calendar makes of them, read by a second library."""

import datetime as dt

import pytest
import vobject

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications import invitations
from notifications.tests.conftest import Deliver
from notifications.tests.parts import requested


@pytest.fixture
def booking(madrid: User, maria: User) -> Booking:
    maria.email = "maria@example.com"
    maria.save()
    return confirm(requested(madrid, maria))


def read(content: bytes | str) -> vobject.base.Component:
    return vobject.readOne(content if isinstance(content, str) else content.decode())


def test_an_invitation_holds_what_a_calendar_needs(booking: Booking) -> None:
    calendar = read(invitations.invitation(booking, booking.student, now=NOW))
    event = calendar.vevent
    assert (calendar.method.value, calendar.version.value) == ("REQUEST", "2.0")
    assert event.uid.value == f"{booking.id}@bookings"
    assert event.sequence.value == str(booking.version)
    assert event.dtstart.value == booking.start_time
    assert event.dtend.value == booking.end_time
    assert event.dtstart.serialize().strip() == "DTSTART:20250115T100000Z"
    assert event.status.value == "CONFIRMED"
    assert event.organizer.value == "mailto:bookings@example.com"
    assert event.attendee.value == "mailto:alice@example.com"
    assert event.attendee.params["RSVP"] == ["FALSE"]
    assert event.location.value == booking.zoom_join_url
    assert event.conference.value == booking.zoom_join_url
    assert event.valarm.trigger.value == dt.timedelta(minutes=-15)


def test_lines_are_folded_and_terminated_as_the_standard_requires(booking: Booking) -> None:
    content = invitations.invitation(booking, booking.student, now=NOW)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_cancellation_refers_to_the_same_event(booking: Booking) -> None:
    before = read(invitations.invitation(booking, booking.student, now=NOW)).vevent
    services.cancel_booking(booking_id=booking.id, by=booking.student, reason="", now=NOW)
    booking.refresh_from_db()
    calendar = read(invitations.invitation(booking, booking.student, now=NOW))
    assert calendar.method.value == "CANCEL"
    assert calendar.vevent.status.value == "CANCELLED"
    assert calendar.vevent.uid.value == before.uid.value
    assert int(calendar.vevent.sequence.value) > int(before.sequence.value)
    assert b"CONFERENCE" not in invitations.invitation(booking, booking.student, now=NOW)


def test_a_name_cannot_add_a_line(booking: Booking) -> None:
    booking.teacher.last_name = "Garcia\r\nATTENDEE:mailto:eve@example.com"
    event = read(invitations.invitation(booking, booking.student, now=NOW)).vevent
    assert len(event.contents["attendee"]) == 1


def attached(sent: list, address: str) -> vobject.base.Component | None:  # type: ignore[type-arg]
    message = next(message for message in sent if message.to == [address])
    found = [content for _, content, kind in message.attachments if kind.startswith("text/calendar")]
    return read(found[0]) if found else None


def test_each_persons_calendar_equals_their_bookings(madrid: User, maria: User, deliver: Deliver) -> None:
    maria.email = "maria@example.com"
    maria.save()
    asked = requested(madrid, maria)
    assert attached(deliver(), "alice@example.com") is None
    confirm(asked)
    invited = attached(deliver(), "alice@example.com")
    services.reschedule_booking(
        booking_id=asked.id, by=maria, start=asked.start_time + dt.timedelta(hours=3), duration=None, now=NOW
    )
    moved = attached(deliver(), "alice@example.com")
    services.cancel_booking(booking_id=asked.id, by=maria, reason="", now=NOW)
    gone = attached(deliver(), "alice@example.com")
    assert invited is not None
    assert moved is not None
    assert gone is not None
    assert moved.vevent.dtstart.value == asked.start_time + dt.timedelta(hours=3)
    assert [one.method.value for one in (invited, moved, gone)] == ["REQUEST", "REQUEST", "CANCEL"]
    versions = [int(one.vevent.sequence.value) for one in (invited, moved, gone)]
    assert versions == sorted(set(versions))
