"""slots/available/ with `explain`, by property: the lists are the grid, and each reason is the first that holds."""

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_hours
from bookings.models import Booking, TimeOff
from bookings.scheduling import calendar, slots, timetable
from bookings.scheduling.reasons import Reason
from bookings.scheduling.slots import Span, Window
from bookings.tests.slot_strategies import days_in_zones, windows_of_a_day

MINUTE = dt.timedelta(minutes=1)


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
        stored = timetable.of(settle(world), timetable.on_dates(world.day, world.day))
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
