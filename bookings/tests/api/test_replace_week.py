"""PUT /api/bookings/availability/week/"""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, Booking
from bookings.services import hours
from bookings.states import Status
from bookings.tests.conftest import Api, at, nothing_changes, refused

WEEK = "/api/bookings/availability/week/"


def window(day: int, start: str, end: str) -> dict[str, Any]:
    return {"day_of_week": day, "start_time": start, "end_time": end}


def week_of(teacher: User) -> list[tuple[int, str, str]]:
    rows = Availability.objects.filter(teacher=teacher, is_recurring=True)
    return [(row.day_of_week, f"{row.start_time:%H:%M}", f"{row.end_time:%H:%M}") for row in rows]


def test_it_replaces_the_weekly_hours(maria: User, carl: User, api_for: Api) -> None:
    kept = Availability.objects.get(teacher=maria)
    once = make_hours(maria, date=dt.date(2025, 1, 18))
    sent = [window(3, "18:00", "00:00"), window(2, "09:00", "17:00"), window(0, "09:00", "12:00")]
    answer = api_for(maria).put(WEEK, {"windows": sent})
    assert answer.status_code == 200
    assert week_of(maria) == [(0, "09:00", "12:00"), (2, "09:00", "17:00"), (3, "18:00", "00:00")]
    assert [each["day_of_week"] for each in answer.json()["windows"]] == [0, 2, 3]
    assert answer.json()["windows"][1]["id"] == str(kept.id)
    assert answer.json()["bookings_outside"] == []
    assert Availability.objects.filter(pk=once.pk).exists()
    assert week_of(carl) == [(2, "09:00", "17:00")]


def test_adjacent_windows_are_allowed(maria: User, api_for: Api) -> None:
    sent = [window(0, "09:00", "12:00"), window(0, "12:00", "00:00"), window(1, "00:00", "00:00")]
    assert api_for(maria).put(WEEK, {"windows": sent}).status_code == 200
    assert len(week_of(maria)) == 3


def test_an_empty_week_is_allowed(maria: User, api_for: Api) -> None:
    assert api_for(maria).put(WEEK, {"windows": []}).json() == {"windows": [], "bookings_outside": []}
    assert week_of(maria) == []


def test_two_rows_of_the_same_hours_become_one(maria: User, api_for: Api) -> None:
    make_hours(maria)
    assert api_for(maria).put(WEEK, {"windows": [window(2, "09:00", "17:00")]}).status_code == 200
    assert week_of(maria) == [(2, "09:00", "17:00")]


def test_the_response_lists_live_bookings_outside_the_new_hours(
    alice: User, bob: User, maria: User, api_for: Api
) -> None:
    make_hours(maria, date=dt.date(2025, 1, 16), start="15:00", end="16:00")
    inside = make_booking(alice, maria, start=at("09:00"))
    half = make_booking(alice, maria, start=at("11:30"), status=Status.CONFIRMED)
    outside = make_booking(bob, maria, start=at("14:00"))
    once = make_booking(bob, maria, start=at("15:00", day=16))
    make_booking(bob, maria, start=at("15:00"), status=Status.CANCELLED)
    make_booking(bob, maria, start=at("15:00", day=8), status=Status.COMPLETED)
    before = list(Booking.objects.order_by("pk").values())
    answer = api_for(maria).put(WEEK, {"windows": [window(2, "09:00", "12:00")]})
    told = answer.json()["bookings_outside"]
    assert [each["id"] for each in told] == [str(half.id), str(outside.id)]
    assert {str(inside.id), str(once.id)}.isdisjoint(each["id"] for each in told)
    assert told[0] == api_for(maria).get(f"/api/bookings/bookings/{half.id}/").json()
    assert list(Booking.objects.order_by("pk").values()) == before


def test_hours_are_by_the_teachers_clock(alice: User, maria: User, api_for: Api) -> None:
    User.objects.filter(id=maria.id).update(timezone="Asia/Tokyo")
    make_booking(alice, maria, start=at("23:00", day=14))  # Wednesday, eight in the morning
    client = api_for(maria)
    assert client.put(WEEK, {"windows": [window(2, "08:00", "09:00")]}).json()["bookings_outside"] == []
    assert len(client.put(WEEK, {"windows": [window(1, "08:00", "09:00")]}).json()["bookings_outside"]) == 1


def test_students_cannot_set_a_week(alice: User, api_for: Api) -> None:
    answer = api_for(alice).put(WEEK, {"windows": []})
    assert refused(answer, 403, "Only teachers can set availability", "permission_denied")


@pytest.mark.parametrize(
    ("windows", "sentence"),
    [
        ([window(0, "09:00", "12:00"), window(0, "09:00", "12:00")], "Monday 09:00 to 12:00 is there twice."),
        (
            [window(6, "11:00", "13:00"), window(6, "09:00", "12:00")],
            "Sunday 09:00 to 12:00 and Sunday 11:00 to 13:00 overlap.",
        ),
        (
            [window(1, "09:00", "00:00"), window(1, "22:00", "23:00")],
            "Tuesday 09:00 to 00:00 and Tuesday 22:00 to 23:00 overlap.",
        ),
        ([window(0, "12:00", "09:00")], "Monday 12:00 to 09:00: the end must be after the start."),
        ([window(0, "09:00", "09:00")], "Monday 09:00 to 09:00: the end must be after the start."),
        ([window(0, "09:00", "10:00")] * 101, "At most 100 weekly working hours are possible."),
    ],
)
def test_it_refuses_an_invalid_week(windows: Any, sentence: str, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).put(WEEK, {"windows": windows})
    assert refused(answer, 400, f"windows: {sentence}", "invalid")
    assert answer.json()["details"] == {"windows": [sentence]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"windows": None},
        {"windows": "all"},
        {"windows": [{"day_of_week": 0}]},
        {"windows": [window(7, "09:00", "10:00")]},
        {"windows": [window(0, "09:00:30", "10:00")]},
        {"windows": [window(0, "09:00", "10:00") | {"date": None}]},
        {"windows": [], "teacher": "me"},
    ],
)
def test_it_refuses_a_bad_body(body: Any, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).put(WEEK, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_the_caps_leave_room_for_a_full_week() -> None:
    assert hours.MOST_WEEKLY >= 7 * 12
