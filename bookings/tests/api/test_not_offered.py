"""GET /api/bookings/slots/available/?explain=true: why the other times are not offered, and that it is true."""

import datetime as dt
from collections import Counter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, Booking, TimeOff
from bookings.scheduling import calendar, slots, timetable
from bookings.scheduling.reasons import Reason
from bookings.scheduling.slots import Span, Window
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.slot_parts import ask
from bookings.tests.slot_strategies import days_in_zones, windows_of_a_day
from bookings.tests.statements import at_most
from conftest import Client

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    return api_for(alice)


def explain(client: Client, teacher: User, **query: Any) -> Any:
    return ask(client, teacher, explain="true", **query)


def reasons(client: Client, teacher: User, **query: Any) -> dict[str, str]:
    """The reason for each start that is not offered."""
    return {
        refusal["datetime_start"][11:16]: refusal["reason"]
        for refusal in explain(client, teacher, **query).json()["not_offered"]
    }


def test_each_other_start_of_the_day_has_its_reason(client: Client, maria: User, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"), minutes=30)
    answer = explain(client, maria)
    assert answer.status_code == 200
    body = answer.json()
    assert body["available_slots"] == ask(client, maria).json()["available_slots"]
    starts = [slot["start_time"] for slot in [*body["available_slots"], *body["not_offered"]]]
    assert sorted(starts) == [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")]
    told = [refusal for refusal in body["not_offered"] if refusal["reason"] != "outside_hours"]
    assert [refusal["start_time"] for refusal in told] == ["09:30", "10:00"]
    assert told[0] == {
        "start_time": "09:30",
        "end_time": "10:30",
        "datetime_start": "2025-01-15T09:30:00",
        "datetime_end": "2025-01-15T10:30:00",
        "start": "2025-01-15T09:30:00Z",
        "end": "2025-01-15T10:30:00Z",
        "reason": "booked",
        "message": "The teacher has another session then.",
    }


@pytest.mark.parametrize("word", [{}, {"explain": "false"}, {"explain": "0"}])
def test_without_being_asked_it_explains_nothing(word: dict[str, str], client: Client, maria: User) -> None:
    assert "not_offered" not in ask(client, maria, **word).json()


def test_every_reason_is_told(client: Client, maria: User, bob: User, api_for: Api) -> None:
    TeacherProfile.objects.update(buffer_minutes=30, minimum_notice_minutes=4 * 24 * 60 + 22 * 60, horizon_days=5)
    TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at("11:00"), reason="Dentist")
    make_hours(maria, start="08:00", end="09:00", date=dt.date(2025, 1, 15))
    maria = User.objects.get(id=maria.id)
    make_booking(bob, maria, start=at("11:30"), minutes=30)
    # At noon of the 10th: a session begins at ten of the 15th at the earliest, and ends at noon at the latest.
    assert {start: reason for start, reason in reasons(client, maria, duration=30).items() if "07" < start < "13"} == {
        "07:00": "outside_hours",
        "07:30": "outside_hours",
        "08:00": "notice",
        "08:30": "notice",
        "09:00": "notice",
        "09:30": "notice",
        "10:00": "time_off",
        "10:30": "time_off",
        "11:00": "buffer",
        "11:30": "booked",
        "12:00": "horizon",
        "12:30": "horizon",
    }
    with time_machine.travel(at("10:00"), tick=False):
        answer = reasons(api_for(bob), maria, duration=30)
        assert (answer["09:30"], answer["10:00"]) == ("past", "notice")


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED])
def test_whether_a_session_is_confirmed_is_not_told(status: Status, client: Client, maria: User, bob: User) -> None:
    booking = make_booking(bob, maria, start=at("10:00"), status=status, notes="A secret")
    TimeOff.objects.create(teacher=maria, start_time=at("12:00"), end_time=at("13:00"), reason="Surgery")
    content = explain(client, maria).content.decode()
    secrets = ("Bob", bob.email, "A secret", "Surgery", str(booking.id), str(bob.id), "PENDING", "CONFIRMED")
    assert not any(word.lower() in content.lower() for word in secrets)
    assert Counter(refusal["reason"] for refusal in explain(client, maria).json()["not_offered"])["booked"] == 3


def test_a_day_without_hours_lies_outside_of_them(client: Client, maria: User) -> None:
    assert set(reasons(client, maria, date="2025-01-16").values()) == {"outside_hours"}


def test_what_is_over_is_past_whatever_else_holds(client: Client, maria: User) -> None:
    answer = reasons(client, maria, date="2025-01-08")
    assert (len(answer), set(answer.values())) == (48, {"past"})


def test_beyond_the_horizon_the_hours_are_still_told(client: Client, maria: User) -> None:
    answer = reasons(client, maria, date="2027-01-13")
    assert (answer["08:30"], answer["09:00"]) == ("outside_hours", "horizon")


def test_a_window_off_the_days_grid_has_its_own(client: Client, maria: User) -> None:
    Availability.objects.update(start_time=dt.time(9, 10), end_time=dt.time(10, 50))
    body = explain(client, maria).json()
    assert [slot["start_time"] for slot in body["available_slots"]] == ["09:10", "09:40"]
    # At half past nine a session can be booked, though nobody offers it: it is in neither list.
    around = [refusal["start_time"] for refusal in body["not_offered"] if "09" <= refusal["start_time"] < "11"]
    assert around == ["09:00", "10:00", "10:10", "10:30", "10:40"]


def test_the_next_days_hours_are_not_asked_about(client: Client, maria: User) -> None:
    make_hours(maria, day_of_week=3, start="00:00", end="02:00")
    body = explain(client, maria).json()
    starts = [session["datetime_start"] for session in [*body["available_slots"], *body["not_offered"]]]
    assert max(starts) == "2025-01-15T23:30:00"


def test_the_days_are_those_of_the_zone_that_is_asked_for(client: Client, maria: User) -> None:
    body = explain(client, maria, timezone="Asia/Kathmandu").json()
    assert body["not_offered"][0]["datetime_start"] == "2025-01-15T00:00:00"
    assert body["not_offered"][-1]["datetime_start"] == "2025-01-15T23:30:00"


@pytest.mark.parametrize(("date", "starts"), [("2025-03-09", 46), ("2025-11-02", 50)])
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(date: str, starts: int, client: Client) -> None:
    teacher = make_teacher(timezone="America/New_York")
    refusals = explain(client, teacher, date=date).json()["not_offered"]
    assert len({refusal["datetime_start"] for refusal in refusals}) == len(refusals) == starts


def test_a_date_that_the_zone_skipped_has_no_times(client: Client, maria: User) -> None:
    body = explain(client, maria, date="2011-12-30", timezone="Pacific/Apia").json()
    assert (body["available_slots"], body["not_offered"]) == ([], [])


@pytest.mark.parametrize("date", ["2000-01-01", "2200-12-31"])
def test_the_ends_of_the_calendar_are_explained_too(date: str, client: Client, maria: User) -> None:
    assert len(reasons(client, maria, date=date)) == 48


def test_a_month_by_the_finest_grid_stays_bounded(client: Client, maria: User) -> None:
    TeacherProfile.objects.update(slot_interval_minutes=5)
    answer = explain(client, maria, end_date="2025-02-14", duration=5)
    body = answer.json()
    assert len(body["available_slots"]) + len(body["not_offered"]) == 31 * 24 * 12
    assert len(answer.content) < 3_000_000


@pytest.mark.parametrize("query", [{}, {"explain": "true"}, {"explain": "true", "end_date": "2025-02-14"}])
def test_it_asks_the_database_no_more_than_without(query: dict[str, str], client: Client, maria: User) -> None:
    ask(client, maria)
    with at_most(3):
        assert ask(client, maria, **query).status_code == 200


@pytest.mark.parametrize("word", ["perhaps", "", "2"])
def test_it_refuses_a_word_that_is_neither_yes_nor_no(word: str, client: Client, maria: User) -> None:
    answer = ask(client, maria, explain=word)
    assert refused(answer, 400, "explain: Must be a valid boolean.", "invalid")
    assert set(answer.json()["details"]) == {"explain"}


# --- By property: the lists are the grid, and each reason is the first that holds ---


class World(NamedTuple):
    """A teacher's time, in plain rows."""

    zone: ZoneInfo
    day: dt.date
    windows: list[Window]
    booked: list[tuple[Span, dt.datetime]]
    time_off: list[Span]
    now: dt.datetime
    notice: int
    horizon: int
    buffer: int
    interval: int


def midnight_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, dt.UTC)


long_hours = st.sampled_from([[(dt.time(0), dt.time(0))], [(dt.time(7, 30), dt.time(22, 15))]])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone, day = draw(days_in_zones())
    base = midnight_of(day) - dt.timedelta(hours=14)
    booked, at_minute = [], 0
    for gap, length, buffer in draw(
        st.lists(st.tuples(st.integers(0, 400), st.integers(5, 180), st.integers(0, 40)), max_size=8)
    ):
        start = base + (at_minute + gap) * MINUTE
        booked.append((Span(start, start + length * MINUTE), start + (length + buffer) * MINUTE))
        at_minute += gap + length + buffer
    absences = st.lists(st.tuples(st.integers(600, 2400), st.integers(30, 600)), max_size=3)
    weekdays = draw(st.sampled_from([[day.weekday()], list(range(7))]))
    return World(
        zone=zone,
        day=day,
        windows=[Window(weekday, *hours) for weekday in weekdays for hours in draw(long_hours | windows_of_a_day)],
        booked=booked,
        time_off=[Span(base + a * MINUTE, base + (a + length) * MINUTE) for a, length in draw(absences)],
        now=base + draw(st.integers(-4 * 48, 4 * 48)) * 15 * MINUTE,
        notice=draw(st.sampled_from([0, 60, 1440])),
        horizon=draw(st.sampled_from([2, 60, 60])),
        buffer=draw(st.sampled_from([0, 0, 15])),
        interval=draw(st.sampled_from([15, 30, 45, 60])),
    )


def settle(world: World) -> User:
    """The world's rows, and its teacher."""
    teacher = make_teacher(
        timezone=world.zone.key,
        slot_interval_minutes=world.interval,
        buffer_minutes=world.buffer,
        minimum_notice_minutes=world.notice,
        horizon_days=world.horizon,
    )
    student = make_student()
    for day_of_week, start, end, _ in world.windows:
        make_hours(teacher, day_of_week=day_of_week, start=start.isoformat(), end=end.isoformat())
    Booking.objects.bulk_create(
        Booking(
            student=student,
            teacher=teacher,
            start_time=session.start,
            end_time=session.end,
            blocked_until=until,
            created_at=world.now,
        )
        for session, until in world.booked
    )
    for away in world.time_off:
        TimeOff.objects.create(teacher=teacher, start_time=away.start, end_time=away.end)
    return teacher


def minutes_of(span: Span) -> list[dt.datetime]:
    return [span.start + number * MINUTE for number in range(int((span.end - span.start) / MINUTE))]


def overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def is_open(world: World, minute: dt.datetime) -> bool:
    """Whether the clock shows a time inside the weekly hours."""
    wall = minute.astimezone(world.zone)
    return any(
        window.is_on(wall.date())
        and window.start <= wall.time()
        and (wall.time() < window.end or window.end == dt.time.min)
        for window in world.windows
    )


def all_reasons(world: World, session: Span) -> set[Reason]:
    """Whatever stands against the session, each asked by itself of the plain rows."""
    kept = Span(session.start, session.end + world.buffer * MINUTE)
    holding = {
        Reason.PAST: session.start < world.now,
        Reason.OUTSIDE_HOURS: not all(is_open(world, minute) for minute in minutes_of(session)),
        Reason.NOTICE: session.start < world.now + world.notice * MINUTE,
        Reason.HORIZON: session.end > world.now + dt.timedelta(days=world.horizon),
        Reason.TIME_OFF: any(overlaps(session, away) for away in world.time_off),
        Reason.BOOKED: any(overlaps(session, booked) for booked, _ in world.booked),
        Reason.BUFFER: any(overlaps(kept, Span(booked.start, until)) for booked, until in world.booked),
    }
    return {reason for reason, holds in holding.items() if holds}


def starts_of_the_grid(world: World) -> set[dt.datetime]:
    """Each minute of the date, by the zone's clock, that is whole intervals away from midnight or a window's start."""
    around = Span(midnight_of(world.day) - dt.timedelta(hours=26), midnight_of(world.day) + dt.timedelta(hours=50))
    minutes = [minute for minute in minutes_of(around) if minute.astimezone(world.zone).date() == world.day]
    # More than one midnight where the clock goes back over it.
    shown = set(minutes)
    midnights = [Span(minute, around.end) for minute in minutes if minute - MINUTE not in shown]
    open_spans = slots.windows_between(world.day, world.day, world.windows, world.zone)
    return {
        minute
        for minute in minutes
        for start, end in [*midnights, *open_spans]
        if start <= minute < end and not (minute - start) % (world.interval * MINUTE)
    }


@pytest.mark.django_db
@given(worlds(), st.sampled_from([5, 30, 60, 90]))
@settings(max_examples=100)
def test_the_lists_are_the_grid_and_each_reason_is_the_first_that_holds(world: World, minutes: int) -> None:
    duration = minutes * MINUTE
    with transaction.atomic():
        stored = timetable.of(settle(world), world.day, world.day)
        found, refusals = calendar.explained(
            stored, world.day, world.day, duration=duration, timezone=world.zone.key, now=world.now
        )
        assert found == calendar.offered(
            stored, world.day, world.day, duration=duration, timezone=world.zone.key, now=world.now
        )
        assert all(calendar.is_free(stored, slot, now=world.now) for slot in found)
        for session, reason in refusals:
            assert not calendar.is_free(stored, session, now=world.now)
            assert reason == min(all_reasons(world, session), key=list(Reason).index)
        both = [*found, *(session for session, _ in refusals)]
        free_but_off_grid = {
            start
            for start in starts_of_the_grid(world) - {slot.start for slot in found}
            if calendar.is_free(stored, Span(start, start + duration), now=world.now)
        }
        assert {session.start for session in both} == starts_of_the_grid(world) - free_but_off_grid
        assert len(set(both)) == len(both)
        assert all(session.end - session.start == duration for session in both)
        transaction.set_rollback(True)


def test_what_is_told_is_what_a_request_meets(client: Client, maria: User, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"))
    TimeOff.objects.create(teacher=maria, start_time=at("13:00"), end_time=at("14:00"))
    body = explain(client, maria).json()
    with nothing_changes():
        for refusal in body["not_offered"]:
            answer = client.post(BOOKINGS, wish(maria, refusal["datetime_start"]))
            assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert client.post(BOOKINGS, wish(maria, body["available_slots"][0]["datetime_start"])).status_code == 201
