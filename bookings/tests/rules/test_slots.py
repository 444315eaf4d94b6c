"""The arithmetic of free time, by example and by property: every zone, both changes of clocks."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.scheduling import slots
from bookings.scheduling.slots import Span, Window
from bookings.tests.slot_strategies import days_in_zones, window, windows_of_a_day
from wall_clock import instants

UTC = dt.UTC
HALF_HOUR, HOUR = dt.timedelta(minutes=30), dt.timedelta(hours=1)
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Span:
    return Span(at(start), at(end))


def daily(start: str, end: str) -> list[Window]:
    return [window(start, end, day_of_week=day) for day in range(7)]


def test_the_specs_example_is_reproduced_exactly() -> None:
    day = dt.date(2025, 1, 15)
    windows = slots.windows_between(day, day, [window("09:00", "11:30")], ZoneInfo("UTC"))
    free = slots.subtract(slots.union(windows), [span("2025-01-15T10:00", "2025-01-15T10:30")])
    assert slots.offered(windows, free, duration=HOUR, interval=HALF_HOUR) == [
        span("2025-01-15T09:00", "2025-01-15T10:00"),
        span("2025-01-15T10:30", "2025-01-15T11:30"),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "expected"),
    [
        pytest.param("America/New_York", "2027-03-14", ("01:00", "05:00"), 3, id="an hour is skipped"),
        pytest.param("America/New_York", "2027-11-07", ("00:00", "06:00"), 7, id="an hour is repeated"),
        pytest.param("Europe/Berlin", "2027-10-31", ("00:00", "06:00"), 7, id="Berlin repeats an hour"),
        pytest.param("Australia/Lord_Howe", "2027-10-03", ("00:00", "06:00"), 5.5, id="Lord Howe skips half an hour"),
        pytest.param("Australia/Lord_Howe", "2027-04-04", ("00:00", "06:00"), 6.5, id="Lord Howe repeats half an hour"),
        pytest.param("Asia/Kolkata", "2027-05-05", ("09:00", "12:00"), 3, id="half-hour offset"),
        pytest.param("America/Vancouver", "2027-03-14", ("00:00", "06:00"), 6, id="Vancouver no longer changes"),
        pytest.param("America/New_York", "2027-03-14", ("02:00", "03:00"), 0, id="a window that is skipped whole"),
        pytest.param("Pacific/Apia", "2011-12-30", ("00:00", "00:00"), 0, id="a day that Samoa skipped"),
        pytest.param("UTC", "2027-05-05", ("22:00", "00:00"), 2, id="until midnight"),
    ],
)
def test_a_window_holds_the_time_that_the_clock_shows(
    zone: str, day: str, hours: tuple[str, str], expected: float
) -> None:
    date = dt.date.fromisoformat(day)
    found = slots.windows_between(date, date, daily(*hours), ZoneInfo(zone))
    assert sum((end - start for start, end in found), dt.timedelta()) == dt.timedelta(hours=expected)


def test_a_window_that_ends_in_the_skipped_hour_ends_at_the_change() -> None:
    day = dt.date(2027, 3, 14)
    assert slots.windows_between(day, day, daily("01:00", "02:30"), NEW_YORK) == [
        span("2027-03-14T06:00", "2027-03-14T07:00")
    ]


def test_a_window_that_ends_in_the_repeated_hour_holds_both_of_its_parts() -> None:
    day = dt.date(2027, 11, 7)
    assert slots.windows_between(day, day, daily("00:00", "01:30"), NEW_YORK) == [
        span("2027-11-07T04:00", "2027-11-07T05:30"),
        span("2027-11-07T06:00", "2027-11-07T06:30"),
    ]


def test_hours_of_a_date_count_on_that_date_only() -> None:
    day = dt.date(2025, 1, 15)
    found = slots.windows_between(day, day + 14 * slots.DAY, [window("09:00", "10:00", date=day)], ZoneInfo("UTC"))
    assert found == [span("2025-01-15T09:00", "2025-01-15T10:00")]


def test_a_slot_may_cross_from_one_window_into_the_next() -> None:
    windows = [span("2025-01-15T09:00", "2025-01-15T12:00"), span("2025-01-15T12:00", "2025-01-15T13:00")]
    found = slots.offered(windows, slots.union(windows), duration=HOUR, interval=HALF_HOUR)
    assert span("2025-01-15T11:30", "2025-01-15T12:30") in found


def test_each_of_two_overlapping_windows_keeps_its_own_grid() -> None:
    windows = [span("2025-01-15T09:00", "2025-01-15T11:00"), span("2025-01-15T10:15", "2025-01-15T11:15")]
    found = slots.offered(windows, slots.union(windows), duration=HALF_HOUR, interval=HALF_HOUR)
    starts = [f"{start:%H:%M}" for start, _ in found]
    assert starts == ["09:00", "09:30", "10:00", "10:15", "10:30", "10:45"]


def test_a_time_that_the_clock_skips_is_refused() -> None:
    with pytest.raises(instants.SkippedTime):
        instants.instant(dt.datetime.fromisoformat("2027-03-14T02:30"), NEW_YORK)


def test_a_time_that_the_clock_shows_twice_is_the_first() -> None:
    assert instants.instant(dt.datetime.fromisoformat("2027-11-07T01:30"), NEW_YORK) == at("2027-11-07T05:30")


spans = st.builds(
    lambda start, length: Span(
        at("2027-01-01") + start * dt.timedelta(minutes=1),
        at("2027-01-01") + (start + length) * dt.timedelta(minutes=1),
    ),
    st.integers(0, 600),
    st.integers(1, 120),
)


def minutes(items: list[Span]) -> set[dt.datetime]:
    found = set()
    for start, end in items:
        while start < end:
            found.add(start)
            start += dt.timedelta(minutes=1)
    return found


@given(st.lists(spans, max_size=8))
def test_a_union_holds_the_same_instants_in_order_and_apart(items: list[Span]) -> None:
    merged = slots.union(items)
    assert minutes(merged) == minutes(items)
    assert all(one.end < two.start for one, two in pairwise(merged))


@given(st.lists(spans, max_size=8), st.lists(spans, max_size=8))
def test_a_difference_holds_what_the_busy_time_does_not(items: list[Span], busy: list[Span]) -> None:
    assert minutes(slots.subtract(slots.union(items), busy)) == minutes(items) - minutes(busy)


@given(
    days_in_zones(),
    windows_of_a_day,
    st.lists(st.tuples(st.integers(-300, 1700), st.integers(5, 300)), max_size=6),
    st.sampled_from([5, 15, 30, 45, 60, 90, 480]),
    st.sampled_from([5, 15, 20, 30, 60]),
)
def test_the_offered_slots_are_those_that_a_minute_by_minute_search_finds(
    place: tuple[ZoneInfo, dt.date],
    hours: list[tuple[dt.time, dt.time]],
    taken: list[tuple[int, int]],
    duration: int,
    interval: int,
) -> None:
    zone, day = place
    windows = [Window(day.weekday(), start, end) for start, end in hours]
    found = slots.windows_between(day, day, windows, zone)
    midnight = dt.datetime.combine(day, dt.time.min, UTC) - dt.timedelta(hours=14)
    busy = [
        Span(midnight + start * dt.timedelta(minutes=1), midnight + (start + length) * dt.timedelta(minutes=1))
        for start, length in taken
    ]
    free = slots.subtract(slots.union(found), busy)
    length, step = dt.timedelta(minutes=duration), dt.timedelta(minutes=interval)
    got = slots.offered(found, free, duration=length, interval=step)

    # The oracle asks every minute of the day what its clock shows, and knows no interval arithmetic.
    busy_minutes = minutes(busy)
    shown = {}
    for number in range(-60 * 2, 60 * 54):
        moment = midnight + number * dt.timedelta(minutes=1)
        wall = moment.astimezone(zone).replace(tzinfo=None)
        if wall.date() == day:
            shown[moment] = wall.time()
    open_minutes = {
        moment
        for moment, time in shown.items()
        if any(start <= time and (time < end or end == dt.time.min) for start, end in hours)
    } - busy_minutes
    for slot in got:
        assert slot.end - slot.start == length
        assert minutes([slot]) <= open_minutes
    for window_span in found:
        start = window_span.start
        while start < window_span.end:
            if minutes([Span(start, start + length)]) <= open_minutes:
                assert Span(start, start + length) in got
            start += step
    assert got == sorted(set(got))


@given(days_in_zones(), st.integers(0, 24 * 60 - 1))
def test_local_times_convert_back_to_the_same_instant(place: tuple[ZoneInfo, dt.date], minute: int) -> None:
    zone, day = place
    moment = dt.datetime.combine(day, dt.time.min, UTC) + minute * dt.timedelta(minutes=1)
    shown = dt.datetime.fromisoformat(instants.wall_clock(moment, zone))
    assert (instants.instant(shown, zone) if shown.tzinfo is None else shown) == moment


def test_windows_with_the_same_grid_cost_as_much_as_one() -> None:
    day = dt.date(2025, 1, 15)
    many = [window("09:00", "17:00")] * 500 + [window("09:30", "18:00")] * 500 + [window("09:10", "10:10")]
    windows = slots.windows_between(day, day, many, ZoneInfo("UTC"))
    found = slots.offered(windows, slots.union(windows), duration=HOUR, interval=HALF_HOUR)
    assert found == sorted({*found})
    assert len(slots._merged(windows, HALF_HOUR)) == 2
    assert [f"{slot.start:%H:%M}" for slot in found[:4]] == ["09:00", "09:10", "09:30", "09:40"]
    assert f"{found[-1].end:%H:%M}" == "18:00"
