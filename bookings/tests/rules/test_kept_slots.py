"""bookings.scheduling.calendar: slots are kept by the rows that they were computed from, and so never outdated."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, BusyElsewhere, TimeOff
from bookings.scheduling import calendar, timetable
from bookings.scheduling.slots import Span
from bookings.states import Status
from bookings.tests.conftest import at
from conftest import NOW

WEDNESDAY = dt.date(2025, 1, 15)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    calendar._kept_slots.cache_clear()
    yield
    calendar._kept_slots.cache_clear()


def offered(teacher: User, *, day: dt.date = WEDNESDAY, now: dt.datetime = NOW, zone: str = "UTC") -> list[str]:
    stored = timetable.find(teacher.id, timetable.on_dates(day, day))
    found = calendar.offered(stored, day, day, duration=dt.timedelta(hours=1), timezone=zone, now=now)
    return [f"{slot.start:%d %H:%M}" for slot in found]


def kept() -> tuple[int, int]:
    """How often slots were found in memory, and how often computed to be kept."""
    return calendar._kept_slots.cache_info()[:2]


def test_the_same_rows_are_computed_once(maria: User) -> None:
    first = offered(maria)
    assert first[0] == "15 09:00"
    assert offered(maria) == offered(maria, now=NOW + dt.timedelta(minutes=1)) == first
    assert kept() == (2, 1)


def test_what_the_reader_gets_can_be_changed_without_harm(maria: User) -> None:
    stored = timetable.find(maria.id, timetable.on_dates(WEDNESDAY, WEDNESDAY))

    def ask() -> list[Span]:
        return calendar.offered(stored, WEDNESDAY, WEDNESDAY, duration=dt.timedelta(hours=1), timezone="UTC", now=NOW)

    first = ask()
    expected = list(first)
    first.clear()
    assert ask() == expected


def book(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=at("10:00"))


def cancel(maria: User, alice: User) -> None:
    Booking.objects.update(status=Status.CANCELLED)


def be_away(maria: User, alice: User) -> None:
    TimeOff.objects.create(teacher=maria, start_time=at("09:00"), end_time=at("12:00"))


def be_busy_elsewhere(maria: User, alice: User) -> None:
    BusyElsewhere.objects.create(teacher=maria, source=uuid.uuid4(), start_time=at("09:00"), end_time=at("12:00"))


def work_longer(maria: User, alice: User) -> None:
    make_hours(maria, start="18:00", end="20:00")


def pause(maria: User, alice: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(buffer_minutes=15)


def another_step(maria: User, alice: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(slot_interval_minutes=60)


def move_away(maria: User, alice: User) -> None:
    User.objects.filter(id=maria.id).update(timezone="America/New_York")


@pytest.mark.parametrize(
    "change", [book, cancel, be_away, be_busy_elsewhere, work_longer, pause, another_step, move_away]
)
def test_a_change_counts_at_once(change: Callable[[User, User], None], maria: User, alice: User) -> None:
    make_booking(alice, maria, start=at("14:00"))
    before = offered(maria)
    change(maria, alice)
    after = offered(maria)
    assert after != before
    calendar._kept_slots.cache_clear()
    assert offered(maria) == after


def test_a_day_that_the_notice_or_the_horizon_cuts_is_computed_each_time(maria: User) -> None:
    at_ten = at("10:00")
    assert offered(maria, now=at_ten)[0] == "15 10:00"
    assert offered(maria, now=at_ten + dt.timedelta(hours=1))[0] == "15 11:00"
    TeacherProfile.objects.filter(user=maria).update(horizon_days=1)
    assert offered(maria, now=at_ten - dt.timedelta(days=1))[-1] == "15 09:00"
    assert kept() == (0, 0)


def test_very_many_slots_are_not_kept(maria: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(slot_interval_minutes=5)
    last = WEDNESDAY + dt.timedelta(days=20)
    stored = timetable.find(maria.id, timetable.on_dates(WEDNESDAY, last))
    assert calendar.offered(stored, WEDNESDAY, last, duration=dt.timedelta(hours=1), timezone="UTC", now=NOW)
    assert kept() == (0, 0)
    assert offered(maria)
    assert kept() == (0, 1)
