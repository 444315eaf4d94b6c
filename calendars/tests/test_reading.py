"""calendars.reading: the calendars of teachers are read again and again, and what they hold cannot be booked."""

import datetime as dt
import logging
from typing import NoReturn

import pytest

from accounts.models import Role, User
from bookings import jobs
from bookings.models import Booking, BusyElsewhere
from bookings.scheduling.slots import Span
from bookings.tests.conftest import Api, at
from bookings.tests.slot_parts import ask
from calendars import fetching, others, reading
from calendars.fetching import FetchError, fetch
from calendars.models import OtherCalendar
from calendars.reading import CalendarCourier
from calendars.tests.calendar_server import CalendarServer
from calendars.tests.parts import address_of, fetched, ics
from conftest import NOW
from outbox.models import Claim
from testing.internet import Internet

pytestmark = pytest.mark.usefixtures("http_allowed")

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
NOON = "DTSTART:20250115T120000Z\nDTEND:20250115T130000Z"
WHOLE_DAY = "DTSTART;VALUE=DATE:20250115"


@pytest.fixture
def calendar(maria: User, server: CalendarServer) -> OtherCalendar:
    """Maria's, which is busy on Wednesday at noon."""
    server.tell("/m.ics", ics(NOON), ETag='"1"')
    return others.add(teacher=maria, address="http://calendar.example.com/m.ics", name="Private", now=NOW)


def read(now: dt.datetime = NOW) -> int:
    return CalendarCourier().deliver_due(now=now)


def stored() -> list[Span]:
    return [Span(row.start_time, row.end_time) for row in BusyElsewhere.objects.all()]


def test_a_calendar_is_read_and_blocks(calendar: OtherCalendar, maria: User, alice: User, api_for: Api) -> None:
    assert read() == 1
    [row] = BusyElsewhere.objects.all()
    assert (row.teacher, row.source, row.start_time, row.end_time) == (maria, calendar.pk, at("12:00"), at("13:00"))
    calendar.refresh_from_db()
    assert (calendar.fetched_at, calendar.read_at, calendar.due_at) == (NOW, NOW, NOW + 15 * MINUTE)
    assert (calendar.failing_since, calendar.last_error, calendar.ignored_events) == (None, "", 0)
    starts = {slot["start_time"] for slot in ask(api_for(alice), maria).json()["available_slots"]}
    assert {"11:00", "13:00"} <= starts
    assert not {"11:30", "12:00", "12:30"} & starts


def test_the_loop_of_the_due_jobs_reads_it(calendar: OtherCalendar, now: dt.datetime) -> None:
    assert jobs.run_all(lambda: NOW) == 1
    assert stored() == [Span(at("12:00"), at("13:00"))]
    assert jobs.run_all(lambda: NOW + 14 * MINUTE) == 0
    assert jobs.run_all(lambda: NOW + 15 * MINUTE) == 1


def test_a_changed_calendar_replaces_the_busy_times(calendar: OtherCalendar, server: CalendarServer) -> None:
    read()
    server.tell("/m.ics", ics(NOON.replace("20250115", "20250116")), ETag='"2"')
    read(NOW + 15 * MINUTE)
    assert stored() == [Span(at("12:00", day=16), at("13:00", day=16))]
    assert server.asked[1][1]["If-None-Match"] == '"1"'


def test_an_unchanged_calendar_is_expanded_again_only_after_a_day(
    calendar: OtherCalendar, server: CalendarServer
) -> None:
    read()
    server.tell("/m.ics", status=304)
    read(NOW + 15 * MINUTE)
    calendar.refresh_from_db()
    assert (calendar.fetched_at, calendar.read_at) == (NOW + 15 * MINUTE, NOW)
    assert stored() == [Span(at("12:00"), at("13:00"))]
    server.tell("/m.ics", ics(NOON), ETag='"1"')
    read(NOW + DAY)
    assert "If-None-Match" not in server.asked[2][1]
    calendar.refresh_from_db()
    assert calendar.read_at == NOW + DAY


def test_whole_days_are_the_teachers_own(calendar: OtherCalendar, server: CalendarServer, maria: User) -> None:
    maria.timezone = "America/New_York"
    maria.save()
    server.tell("/m.ics", ics(WHOLE_DAY))
    read()
    assert stored() == [Span(at("05:00"), at("00:00", day=16)), Span(at("00:00", day=16), at("05:00", day=16))]


# --- Our own sessions ---


def test_our_own_sessions_do_not_block_by_another_calendar(
    calendar: OtherCalendar, server: CalendarServer, confirmed: Booking
) -> None:
    """The teacher's calendar took our invitation, and one of another school that uses the same software."""
    times = "\nDTSTART:20250115T100000Z\nDTEND:20250115T110000Z"
    foreign = times.replace("T10", "T15").replace("T11", "T16")
    server.tell(
        "/m.ics",
        ics(
            f"UID:{confirmed.id}@bookings{times}",
            f"UID:6f1d1c0e-8a53-4a5c-9d2f-0d6f3d1c2b1a@bookings{foreign}",
            f"UID:junk@bookings{foreign}",
        ),
    )
    read()
    assert stored() == [Span(at("15:00"), at("16:00"))]


def test_our_own_address_does_not_block(calendar: OtherCalendar, server: CalendarServer, confirmed: Booking) -> None:
    server.tell("/m.ics", fetched(f"{address_of(confirmed.teacher)}?hours=true").content)
    read()
    assert stored() == []
    calendar.refresh_from_db()
    assert (calendar.last_error, calendar.ignored_events) == ("", 0)


# --- Failures ---


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (500, b"", "The calendar's server answers with an error (500)."),
        (404, b"", "There is no calendar at this address (404)."),
        (200, b"<p>Sign in", "What is at this address is no calendar in the iCalendar format."),
        (200, b"", "What is at this address is no calendar in the iCalendar format."),
    ],
)
def test_a_failing_calendar_keeps_its_last_good_state(
    status: int,
    body: bytes,
    sentence: str,
    calendar: OtherCalendar,
    server: CalendarServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    read()
    server.tell("/m.ics", body, status)
    later = NOW + 15 * MINUTE
    read(later)
    calendar.refresh_from_db()
    assert (calendar.last_error, calendar.failing_since, calendar.fetched_at) == (sentence, later, NOW)
    assert stored() == [Span(at("12:00"), at("13:00"))]
    assert sentence in caplog.text
    assert "calendar.example.com" not in caplog.text
    server.tell("/m.ics", ics(NOON))
    read(later + 15 * MINUTE)
    calendar.refresh_from_db()
    assert (calendar.last_error, calendar.failing_since) == ("", None)


def test_a_calendar_that_keeps_failing_is_read_less_often(calendar: OtherCalendar, server: CalendarServer) -> None:
    server.tell("/m.ics", status=500)
    pauses = []
    for _ in range(8):
        calendar.refresh_from_db()
        read(calendar.due_at)
        pauses.append(OtherCalendar.objects.get().due_at - calendar.due_at)
    assert pauses[:3] == [15 * MINUTE, 15 * MINUTE, 30 * MINUTE]
    assert pauses[-1] == 120 * MINUTE


def test_a_failing_calendar_does_not_stop_the_others(
    calendar: OtherCalendar, carl: User, server: CalendarServer
) -> None:
    server.tell("/m.ics", status=500)
    server.tell("/c.ics", ics(NOON))
    others.add(teacher=carl, address="http://calendar.example.com/c.ics", name="", now=NOW)
    assert read() == 2
    assert [row.teacher for row in BusyElsewhere.objects.all()] == [carl]


def test_feeds_that_hang_hold_up_a_round_only_once(
    maria: User, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    clock = [NOW]

    def hang(address: str, **known: str) -> NoReturn:
        clock[0] += dt.timedelta(seconds=20)
        raise FetchError(fetching.TOO_SLOW)

    monkeypatch.setattr(reading, "fetch", hang)
    for number in range(4):
        others.add(teacher=maria, address=f"http://calendar.example.com/{number}", name="", now=NOW)

    def tried() -> int:
        return OtherCalendar.objects.filter(attempts__gt=0).count()

    jobs.run_all(lambda: clock[0], patience=MINUTE)
    assert tried() == 1
    jobs.run_all(lambda: clock[0], patience=MINUTE)
    assert tried() == 2
    jobs.run_all(lambda: clock[0])  # without a loop, all that is due
    assert tried() == 4


def test_a_private_address_is_never_contacted(maria: User, internet: Internet) -> None:
    """It was public when it was named."""
    internet.names["calendar.example.com"] = [["10.0.0.1"]]
    others.add(teacher=maria, address="http://calendar.example.com/m.ics", name="", now=NOW)
    read()
    assert OtherCalendar.objects.get().last_error == "The address leads into a private network."
    assert internet.connected == []


def test_events_that_cannot_be_read_are_counted(calendar: OtherCalendar, server: CalendarServer) -> None:
    server.tell("/m.ics", ics(NOON, "SUMMARY:When?"))
    read()
    calendar.refresh_from_db()
    assert (calendar.ignored_events, calendar.last_error) == (1, "")
    assert len(stored()) == 1


def test_end_backoff_hurries_only_what_fails(calendar: OtherCalendar, server: CalendarServer) -> None:
    read()
    assert CalendarCourier().rows.end_backoff(NOW) == 0
    server.tell("/m.ics", status=500)
    read(NOW + 15 * MINUTE)
    assert CalendarCourier().rows.end_backoff(NOW + 15 * MINUTE) == 1


# --- People and races ---


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.STUDENT}])
def test_calendars_of_former_teachers_are_not_fetched(
    change: dict[str, object], calendar: OtherCalendar, server: CalendarServer
) -> None:
    User.objects.filter(pk=calendar.teacher_id).update(**change)
    assert read() == 1
    assert server.asked == []
    calendar.refresh_from_db()
    assert calendar.due_at == NOW + DAY


def test_a_calendar_removed_while_it_is_read_leaves_nothing(
    calendar: OtherCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove_meanwhile(address: str, **known: str) -> object:
        others.remove(calendar=OtherCalendar.objects.get())
        return fetch(address, **known)

    monkeypatch.setattr(reading, "fetch", remove_meanwhile)
    read()
    assert (stored(), OtherCalendar.objects.count()) == ([], 0)


def test_a_slow_reader_does_not_overwrite_a_newer_one(calendar: OtherCalendar, server: CalendarServer) -> None:
    courier = CalendarCourier()
    slow = courier.claim(courier.rows, NOW)
    assert slow is not None
    assert courier.claim(courier.rows, NOW + MINUTE) is None
    server.tell("/m.ics", ics(NOON.replace("20250115", "20250116")))
    read(NOW + courier.lease)
    newer = stored()
    server.tell("/m.ics", ics(NOON))
    courier.attempt(slow, NOW + courier.lease)
    assert stored() == newer
    assert slow.claim == Claim(calendar.pk, 1, 1)
