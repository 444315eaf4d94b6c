"""workplace.week and /admin/calendar/: on days when the clock changes, the calendar shows what the API offers."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_hours
from bookings.scheduling.slots import Span
from conftest import Client
from workplace.tests.pages import AdminClient
from workplace.week import Axis, Day, Place, Stretch, days_of, parts

# Forward and back, each as the zone does it: by an hour, by half of one, at two, at three.
CHANGES = [
    ("Europe/Madrid", dt.date(2025, 3, 30)),
    ("Europe/Madrid", dt.date(2025, 10, 26)),
    ("America/New_York", dt.date(2025, 3, 9)),
    ("America/New_York", dt.date(2025, 11, 2)),
    ("Australia/Lord_Howe", dt.date(2025, 10, 5)),
    ("Australia/Lord_Howe", dt.date(2025, 4, 6)),
    ("Pacific/Apia", dt.date(2020, 9, 27)),
    ("Pacific/Apia", dt.date(2021, 4, 4)),
]
ROW = dt.timedelta(minutes=5)


def rows_shown(page: str, date: dt.date, kind: str) -> set[int]:
    """The rows of five minutes that items of this kind take on the date."""
    section = page.partition(f"/admin/calendar/{date}/")[2].partition("</section>")[0]
    found: set[int] = set()
    places = r"from-h(\d+) from-m(\d+) to-h(\d+) to-m(\d+)"
    for numbers in re.findall(rf'<li class="{kind} {places}"', section):
        start_hour, start_minute, end_hour, end_minute = map(int, numbers)
        found |= set(range(start_hour * 12 + start_minute // 5, end_hour * 12 + end_minute // 5))
    return found


def row_of(instant: dt.datetime, date: dt.date, zone: ZoneInfo) -> int:
    """Where the instant of this date belongs: by the clock, and after a repeated hour by the time since midnight."""
    local = instant.astimezone(zone)
    since_midnight = instant - dt.datetime.combine(date, dt.time.min, zone).astimezone(dt.UTC)
    by_clock = dt.timedelta(hours=local.hour, minutes=local.minute)
    return max(by_clock, since_midnight) // ROW


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "date"), CHANGES, ids=lambda value: str(value))
@pytest.mark.parametrize("window", [("00:00", "00:00"), ("01:30", "04:00")], ids=["all day", "around the change"])
def test_open_time_is_the_time_that_the_api_offers(window: tuple[str, str], name: str, date: dt.date) -> None:
    zone = ZoneInfo(name)
    teacher = make_teacher(timezone=name)
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday, start=window[0], end=window[1])
    before = dt.datetime.combine(date - dt.timedelta(days=10), dt.time(12), dt.UTC)
    with time_machine.travel(before, tick=False):
        offered = slots(teacher, date)
        week = f"{date.isocalendar().year}-W{date.isocalendar().week:02}"
        page = AdminClient(teacher).page(f"calendar/?week={week}").content.decode()

    expected = set()
    for start, end in offered:
        while start < end:
            expected.add(row_of(start, date, zone))
            start += ROW
    assert rows_shown(page, date, "open") - rows_shown(page, date, "gap") == expected
    assert expected


def slots(teacher: User, date: dt.date) -> list[Span]:
    student = make_student()
    client = Client()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {mint(user_id=student.id, email=student.email)}")
    query = {"teacher_id": str(teacher.id), "date": date.isoformat(), "duration": "30"}
    answer = client.get("/api/bookings/slots/available/", query).json()
    return [Span(*(dt.datetime.fromisoformat(slot[name]) for name in ("start", "end"))) for slot in found(answer)]


def found(answer: Any) -> Any:
    return answer["available_slots"] if isinstance(answer, dict) else answer


# --- The axis ---------------------------------------------------------------------------------------------------------

MADRID, APIA = ZoneInfo("Europe/Madrid"), ZoneInfo("Pacific/Apia")


def test_a_skipped_hour_is_a_gap_of_its_day_alone() -> None:
    days = days_of(dt.date(2025, 3, 24), MADRID)
    assert [day.skipped() for day in days] == [[]] * 6 + [[Stretch(120, 180)]]
    assert Axis(days).second_time is None


def test_a_repeated_hour_has_two_places_on_every_day() -> None:
    days = days_of(dt.date(2025, 10, 20), MADRID)
    axis = Axis(days)
    assert days[6].repeated() == Stretch(120, 180)
    assert axis.second_time == (180, 240)
    first, second = (dt.datetime(2025, 10, 26, hour, 0, tzinfo=dt.UTC) for hour in (0, 1))
    hour = dt.timedelta(hours=1)
    assert [axis.place(Span(start, start + hour), MADRID) for start in (first, second)] == [(120, 180), (180, 240)]
    # Noon stands an hour further down, on all days.
    noon = dt.datetime(2025, 10, 22, 10, 0, tzinfo=dt.UTC)
    assert axis.place(Span(noon, noon + hour), MADRID) == (780, 840)


def test_a_date_that_the_zone_skipped_is_one_gap() -> None:
    day = Day(dt.date(2011, 12, 30), APIA)
    assert (day.spans, day.skipped()) == ([], [Stretch(0, 1440)])


def test_a_clock_that_jumps_at_midnight_skips_the_days_first_hour() -> None:
    assert Day(dt.date(2023, 4, 28), ZoneInfo("Africa/Cairo")).skipped() == [Stretch(0, 60)]


def test_a_session_over_midnight_has_a_part_on_both_days() -> None:
    days = days_of(dt.date(2025, 1, 13), MADRID)
    axis = Axis(days)
    session = Span(*(dt.datetime(2025, 1, 15, 22, 30, tzinfo=dt.UTC) + dt.timedelta(hours=n) for n in (0, 1)))
    first, second = (parts([session], day, axis) for day in days[2:4])
    assert [(part.place, part.begins_before, part.ends_after) for part in first] == [((1410, 1440), False, True)]
    assert [(part.place, part.begins_before, part.ends_after) for part in second] == [((0, 30), True, False)]


@pytest.mark.parametrize(
    ("start", "end", "classes"),
    [
        (540, 600, "from-h9 from-m0 to-h10 to-m0"),
        (547, 563, "from-h9 from-m5 to-h9 to-m25"),
        (1410, 1500, "from-h23 from-m30 to-h25 to-m0"),
    ],
)
def test_a_position_is_a_class_of_the_style_sheet(start: int, end: int, classes: str) -> None:
    assert Place(start, end).classes == classes
