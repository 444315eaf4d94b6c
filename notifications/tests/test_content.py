"""notifications.content: every kind says what it should, by the reader's clock, on every side of a clock change."""

import datetime as dt

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from conftest import NOW
from notifications.content import Content
from notifications.kinds import Kind
from notifications.tests.parts import message


def meeting(student: User, teacher: User, start: dt.datetime) -> Booking:
    return make_booking(student, teacher, start=start, status=Status.CONFIRMED)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("reader", ["alice", "maria"])
def test_every_kind_has_a_subject_a_text_and_a_page(kind: Kind, reader: str, pending: Booking) -> None:
    recipient = {"alice": pending.student, "maria": pending.teacher}[reader]
    content = Content(message(pending, kind, recipient))
    other = {"alice": "Maria Garcia", "maria": "Alice Adams"}[reader]
    assert other in content.text
    assert other in content.html
    assert content.subject
    assert "\n" not in content.subject


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("Asia/Kathmandu", "2025-01-15T10:00Z", "Wednesday 15 January 2025, 15:45 to 16:45"),
        ("America/Sao_Paulo", "2025-01-15T01:00Z", "Tuesday 14 January 2025, 22:00 to 23:00"),
        ("Pacific/Chatham", "2025-01-15T10:00Z", "Wednesday 15 January 2025, 23:45 to Thursday 16 January 2025, 00:45"),
        ("Europe/Madrid", "2025-03-30T00:30Z", "Sunday 30 March 2025, 01:30 to 03:30"),
        ("Europe/Madrid", "2025-10-26T00:30Z", "Sunday 26 October 2025, 02:30 to 02:30"),
    ],
)
def test_times_are_in_the_readers_zone(zone: str, start: str, expected: str, alice: User, maria: User) -> None:
    alice.timezone = zone
    booking = meeting(alice, maria, dt.datetime.fromisoformat(start))
    assert expected in Content(message(booking, Kind.DAY_BEFORE, alice)).text


def test_the_zone_is_named_with_its_offset_at_that_time(alice: User, maria: User) -> None:
    alice.timezone = "America/New_York"
    summer = meeting(alice, maria, dt.datetime(2025, 7, 2, 10, tzinfo=dt.UTC))
    assert "(America/New_York, UTC-04:00)" in Content(message(summer, Kind.CONFIRMED, alice)).text


def test_mails_to_the_school_have_no_link(confirmed: Booking) -> None:
    content = Content(message(confirmed, Kind.ZOOM_PROBLEM, None))
    assert content.address == "office@example.com"
    assert str(confirmed.zoom_join_url) not in content.text + content.html


def test_a_name_cannot_add_a_header(alice: User, maria: User) -> None:
    alice.first_name = "Eve\nBcc: all@example.com"
    content = Content(message(make_booking(alice, maria, start=NOW), Kind.CANCELLED, maria))
    assert "\n" not in content.subject
