"""calendars.caldav: the calendars of an account at a real server, Radicale, are found and block."""

import datetime as dt
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounts.models import User
from bookings import jobs
from bookings.models import Booking, BusyElsewhere
from bookings.scheduling.slots import Span
from bookings.tests.conftest import at
from calendars import others
from calendars.models import OtherCalendar
from calendars.reading import CalendarCourier
from calendars.tests.parts import ics
from calendars.tests.radicale import ADDRESS, HOST, PASSWORD, USERNAME, Radicale, radicale
from conftest import NOW
from testing.internet import Internet

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
NOON = "DTSTART:20250115T120000Z\nDTEND:20250115T130000Z"
EVENING = "DTSTART:20250115T190000Z\nDTEND:20250115T200000Z"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def server(running: Radicale, internet: Internet, http_allowed: None) -> Radicale:
    internet.put(HOST, running.address)
    running.empty()
    return running


def add(teacher: User, address: str = ADDRESS, password: str = PASSWORD) -> OtherCalendar:
    return others.add(teacher=teacher, address=address, name="", username=USERNAME, password=password, now=NOW)


def read(now: dt.datetime = NOW) -> int:
    return CalendarCourier().deliver_due(now=now)


def stored() -> list[Span]:
    return [Span(row.start_time, row.end_time) for row in BusyElsewhere.objects.all()]


def starts() -> list[str]:
    return [f"{span.start:%m-%dT%H:%M}" for span in stored()]


def test_all_calendars_of_an_account_block(server: Radicale, maria: User, now: dt.datetime) -> None:
    server.make("work", NOON)
    server.make("home", EVENING)
    server.make("todo", kind="VTODO")
    calendar = add(maria)
    assert jobs.run_all(lambda: NOW) == 1
    assert stored() == [Span(at("12:00"), at("13:00")), Span(at("19:00"), at("20:00"))]
    calendar.refresh_from_db()
    assert (calendar.fetched_at, calendar.read_at, calendar.due_at) == (NOW, NOW, NOW + 15 * MINUTE)
    assert (calendar.failing_since, calendar.last_error, calendar.ignored_events) == (None, "", 0)


@pytest.mark.parametrize("path", ["", f"{USERNAME}/", ".well-known/caldav", "an/unknown/page"])
def test_an_account_is_found_from_many_addresses(path: str, server: Radicale, maria: User) -> None:
    server.make("work", NOON)
    add(maria, f"{ADDRESS}{path}")
    read()
    assert (starts(), OtherCalendar.objects.get().last_error) == (["01-15T12:00"], "")


def test_the_address_of_one_calendar_means_that_one(server: Radicale, maria: User) -> None:
    server.make("work", NOON)
    server.make("home", EVENING)
    add(maria, f"{ADDRESS}{USERNAME}/home/")
    read()
    assert starts() == ["01-15T19:00"]


def test_repetitions_with_exceptions_are_expanded(server: Radicale, maria: User) -> None:
    weekly = "DTSTART;TZID=Europe/Madrid:20240101T100000\nDTEND;TZID=Europe/Madrid:20240101T110000"
    server.make(
        "work", f"{weekly}\nRRULE:FREQ=WEEKLY;UNTIL=20250204T000000Z\nEXDATE;TZID=Europe/Madrid:20250120T100000"
    )
    add(maria)
    read()
    assert starts() == ["01-13T09:00", "01-27T09:00", "02-03T09:00"]


def test_whole_days_are_the_teachers_own(server: Radicale, maria: User) -> None:
    User.objects.filter(pk=maria.pk).update(timezone="America/New_York")
    server.make("home", "DTSTART;VALUE=DATE:20250115")
    add(maria)
    read()
    assert stored() == [Span(at("05:00"), at("00:00", day=16)), Span(at("00:00", day=16), at("05:00", day=16))]


def test_free_cancelled_past_and_distant_events_do_not_block(server: Radicale, maria: User) -> None:
    server.make(
        "work",
        f"{NOON}\nTRANSP:TRANSPARENT",
        f"{EVENING}\nSTATUS:CANCELLED",
        "DTSTART:20250101T120000Z\nDTEND:20250101T130000Z",
        "DTSTART:20270101T120000Z\nDTEND:20270101T130000Z",
    )
    add(maria)
    read()
    assert (stored(), OtherCalendar.objects.get().last_error) == ([], "")


def test_our_own_sessions_do_not_block_by_another_calendar(server: Radicale, confirmed: Booking) -> None:
    server.make("work")
    times = f"{confirmed.start_time:DTSTART:%Y%m%dT%H%M%SZ}\n{confirmed.end_time:DTEND:%Y%m%dT%H%M%SZ}"
    server.put("work/ours.ics", ics(f"UID:{confirmed.id}@bookings\n{times}"))
    server.put("work/theirs.ics", ics(f"UID:theirs\n{EVENING}"))
    add(confirmed.teacher)
    read()
    assert starts() == ["01-15T19:00"]


def test_events_are_asked_for_again_only_after_a_change(server: Radicale, maria: User, internet: Internet) -> None:
    server.make("work", NOON)
    add(maria)
    read()
    asked = len(internet.connected)
    read(NOW + 15 * MINUTE)
    without_events = len(internet.connected) - asked
    assert OtherCalendar.objects.get().read_at == NOW
    server.put("work/new.ics", ics(f"UID:new\n{EVENING}"))
    asked = len(internet.connected)
    read(NOW + 30 * MINUTE)
    assert len(internet.connected) - asked == without_events + 1
    assert starts() == ["01-15T12:00", "01-15T19:00"]
    asked = len(internet.connected)
    read(NOW + 30 * MINUTE + DAY)  # unchanged, but the year moves on
    assert len(internet.connected) - asked == without_events + 1


# --- Passwords ---

REFUSED = "The calendar's server refuses the user name or the password."


def test_a_wrong_password_is_reported_and_retried_once_a_day_until_it_is_changed(server: Radicale, maria: User) -> None:
    server.make("work", NOON)
    calendar = add(maria, password="wrong")
    pauses, now = [], NOW
    for _ in range(4):
        read(now)
        calendar.refresh_from_db()
        pauses.append(calendar.due_at - now)
        now = calendar.due_at
    assert pauses == [15 * MINUTE, DAY, DAY, DAY]
    assert (calendar.last_error, calendar.failing_since, stored()) == (REFUSED, NOW, [])
    assert others.failing(maria, now=NOW) == [calendar]
    others.change_password(calendar=calendar, password=PASSWORD, now=now - DAY)
    read(now - DAY)
    calendar.refresh_from_db()
    assert (calendar.last_error, calendar.failing_since, calendar.refusals) == ("", None, 0)
    assert starts() == ["01-15T12:00"]


def test_if_the_password_becomes_wrong_the_last_known_times_stay(server: Radicale, maria: User) -> None:
    server.make("work", NOON)
    calendar = add(maria)
    read()
    others.change_password(calendar=calendar, password="revoked", now=NOW)
    read()
    assert (OtherCalendar.objects.get().last_error, starts()) == (REFUSED, ["01-15T12:00"])


def test_end_backoff_leaves_wrong_passwords_alone(server: Radicale, maria: User) -> None:
    add(maria, password="wrong")
    read()
    assert CalendarCourier().rows.end_backoff(NOW) == 0


def test_the_key_can_be_replaced(server: Radicale, maria: User, settings: Settings) -> None:
    server.make("work", NOON)
    calendar = add(maria)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-of-at-least-32-characters"
    read()
    settings.SECRET_KEY_FALLBACKS = []  # by then it is encrypted anew
    calendar.refresh_from_db()
    assert calendar.login().password == PASSWORD
    read(NOW + DAY)
    assert OtherCalendar.objects.get().last_error == ""


def test_a_password_whose_key_is_gone_is_asked_for_again(server: Radicale, maria: User, settings: Settings) -> None:
    server.make("work", NOON)
    add(maria)
    settings.SECRET_KEY = "another-key-of-at-least-32-characters"
    read()
    found = OtherCalendar.objects.get()
    assert found.last_error.startswith("The password cannot be read any more")
    assert found.refusals == 1
