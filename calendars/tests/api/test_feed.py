"""GET /api/calendars/<secret>.ics"""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from bookings import services
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, TimeOff
from bookings.states import Status
from bookings.tests.conftest import at, refused
from calendars.events import uid
from calendars.tests.parts import address_of, events, fetched, read
from conftest import NOW

pytestmark = pytest.mark.usefixtures("now")


def test_both_parties_see_the_session_with_its_link(confirmed: Booking, carl: User) -> None:
    for person, other in ((confirmed.student, "Maria Garcia"), (confirmed.teacher, "Alice Adams")):
        answer = fetched(address_of(person))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        calendar = read(answer.content)
        assert (calendar.version.value, "method" in calendar.contents) == ("2.0", False)
        event = calendar.vevent
        assert event.uid.value == f"{confirmed.id}@bookings"
        assert event.sequence.value == str(confirmed.version)
        assert event.dtstart.serialize().strip() == "DTSTART:20250115T100000Z"
        assert event.dtend.value == confirmed.end_time
        assert (event.status.value, event.summary.value) == ("CONFIRMED", f"Session with {other}")
        assert event.location.value == event.conference.value == confirmed.zoom_join_url
        assert "attendee" not in event.contents
    assert events(fetched(address_of(carl)).content) == {}


def test_the_calendar_is_in_its_readers_language_and_not_in_the_programs(confirmed: Booking, maria: User) -> None:
    maria.language = "es"
    maria.save()
    make_hours(maria, day_of_week=3)
    for person, other, language in (
        (maria, "Sesión con Alice Adams", "es"),
        (confirmed.student, "Session with Maria Garcia", "en"),
    ):
        answer = Client().get(address_of(person), headers={"Accept-Language": "es" if language == "en" else "en"})
        assert answer.headers["Content-Language"] == language
        assert events(answer.content)[uid(confirmed.id)].summary.value == other
    hours = read(fetched(f"{address_of(maria)}?hours=true").content).vevent_list
    assert {event.summary.value for event in hours} == {"Sesión con Alice Adams", "Horas disponibles"}


@pytest.mark.parametrize(
    ("status", "shown"),
    [(Status.PENDING, "TENTATIVE"), (Status.COMPLETED, "CONFIRMED"), (Status.CANCELLED, "CANCELLED")],
)
def test_only_a_confirmed_session_has_its_link(status: Status, shown: str, alice: User, maria: User) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), status=status)
    Booking.objects.update(zoom_join_url="https://zoom.us/j/1")
    content = fetched(address_of(alice)).content
    assert events(content)[uid(booking.id)].status.value == shown
    assert b"zoom.us" not in content


def test_a_superuser_sees_no_sessions_of_others(confirmed: Booking, root: User) -> None:
    assert events(fetched(address_of(root)).content) == {}


def test_a_moved_and_cancelled_session_stays_one_event(confirmed: Booking) -> None:
    address = address_of(confirmed.student)
    before = events(fetched(address).content)[uid(confirmed.id)]
    services.reschedule_booking(
        booking_id=confirmed.id, by=confirmed.teacher, start=at("14:00"), duration=None, now=NOW
    )
    moved = events(fetched(address).content)[uid(confirmed.id)]
    services.cancel_booking(booking_id=confirmed.id, by=confirmed.teacher, reason="Ill", now=NOW)
    after = events(fetched(address).content)
    assert list(after) == [uid(confirmed.id)]
    gone = after[uid(confirmed.id)]
    assert (moved.dtstart.value, gone.status.value) == (at("14:00"), "CANCELLED")
    assert int(before.sequence.value) < int(moved.sequence.value) < int(gone.sequence.value)


def test_it_reaches_six_months_back_and_a_year_ahead(alice: User, maria: User) -> None:
    day = dt.timedelta(days=1)
    shown, hidden = (
        {uid(make_booking(alice, maria, start=NOW + days * day).id) for days in far}
        for far in ((-182, 365), (-184, 367))
    )
    assert set(events(fetched(address_of(alice)).content)) == shown
    assert hidden


# --- Open hours ---


def test_open_hours_are_shown_on_demand_and_leave_the_time_free(maria: User, carl: User) -> None:
    make_hours(carl)
    TimeOff.objects.create(teacher=maria, start_time=at("12:00"), end_time=at("13:00"))
    address = address_of(maria)
    assert events(fetched(address).content) == {}
    found = list(events(fetched(f"{address}?hours=true").content).values())
    first = [(event.dtstart.value, event.dtend.value) for event in found[:3]]
    assert first == [
        (at("09:00"), at("12:00")),
        (at("13:00"), at("17:00")),
        (at("09:00", day=22), at("17:00", day=22)),
    ]
    assert 52 <= len(found) <= 54
    assert {event.transp.value for event in found} == {"TRANSPARENT"}


def test_open_hours_follow_the_teachers_clock(maria: User) -> None:
    maria.timezone = "Europe/Madrid"
    maria.save()
    found = events(fetched(f"{address_of(maria)}?hours=true").content).values()
    assert {event.dtstart.value.hour for event in found} == {7, 8}


def test_students_have_no_hours(alice: User) -> None:
    assert events(fetched(f"{address_of(alice)}?hours=true").content) == {}


@pytest.mark.parametrize(("query", "field"), [("hours=perhaps", "hours"), ("hour=true", "hour")])
def test_a_bad_parameter_is_refused(query: str, field: str, maria: User) -> None:
    answer = fetched(f"{address_of(maria)}?{query}")
    assert (answer.status_code, list(answer.json()["details"])) == (400, [field])


# --- Caching and cost ---


def test_an_unchanged_feed_is_not_sent_again(confirmed: Booking) -> None:
    address = f"{address_of(confirmed.teacher)}?hours=true"
    etag = fetched(address).headers["ETag"]
    with time_machine.travel(NOW + dt.timedelta(hours=3), tick=False):
        same = fetched(address, if_none_match=etag)
        assert (same.status_code, same.content) == (304, b"")
        services.cancel_booking(booking_id=confirmed.id, by=confirmed.teacher, reason="", now=timezone.now())
        assert fetched(address, if_none_match=etag).status_code == 200


@pytest.mark.parametrize(("query", "most"), [("", 2), ("?hours=true", 4)])
def test_the_bookings_are_read_once(
    query: str, most: int, maria: User, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_booking((alice, bob)[number % 2], maria, start=at("09:00") + number * dt.timedelta(days=1))
    address = address_of(maria)
    with django_assert_num_queries(most) as captured:
        assert len(events(fetched(address + query).content)) >= 20
    assert sum("bookings_booking" in query["sql"] for query in captured) == 1


# --- The key ---


def test_a_wrong_secret_is_not_found(alice: User) -> None:
    address = address_of(alice)
    for wrong in ("/api/calendars/x.ics", address.replace(".ics", "A.ics"), "/api/calendars/%00.ics"):
        assert refused(fetched(wrong), 404, "There is no such calendar", "not_found")


def test_an_inactive_accounts_feed_is_not_found(confirmed: Booking) -> None:
    person = confirmed.teacher
    address = address_of(person)
    person.is_active = False
    person.save()
    assert refused(fetched(address), 404, "There is no such calendar", "not_found")


def test_other_methods_are_refused(alice: User) -> None:
    address = address_of(alice)
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(address).status_code == 405
    assert fetched(address).status_code == 200
