"""GET /api/accounts/teachers/?free_at=…&duration=…, and the rules on GET /api/accounts/teachers/<id>/"""

import datetime as dt
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import TimeOff
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, wish
from bookings.tests.statements import at_most
from conftest import Client

TEACHERS = "/api/accounts/teachers/"


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    return api_for(alice)


def free(client: Client, start: str, **query: Any) -> list[str]:
    answer = client.get(TEACHERS, {"free_at": start} | query)
    assert answer.status_code == 200, answer.content
    return [teacher["first_name"] for teacher in answer.json()["results"]]


def test_it_lists_the_teachers_who_are_free_then(client: Client, maria: User, carl: User, bob: User) -> None:
    make_booking(bob, carl, start=at("10:00"), status=Status.CONFIRMED)
    make_booking(bob, maria, start=at("12:00"), status=Status.CANCELLED)
    TimeOff.objects.create(teacher=maria, start_time=at("15:00"), end_time=at("16:00"))
    assert free(client, "2025-01-15T10:00:00Z") == ["Maria"]
    assert free(client, "2025-01-15T09:00:00Z") == ["Carl", "Maria"]
    assert free(client, "2025-01-15T09:00:00Z", duration="61") == ["Maria"]
    assert free(client, "2025-01-15T12:00:00+01:00") == ["Carl", "Maria"]
    assert free(client, "2025-01-15T15:30:00Z") == ["Carl"]
    assert free(client, "2025-01-15T16:30:00Z") == []
    assert free(client, "2025-01-15T16:30:00Z", duration="30") == ["Carl", "Maria"]
    assert free(client, "2025-01-14T10:00:00Z") == []
    assert free(client, "2025-01-08T10:00:00Z") == []


@pytest.mark.parametrize("start", ["08:45", "09:00", "09:01", "10:15", "12:00", "15:45", "16:01"])
@pytest.mark.parametrize(
    "rules",
    [{}, {"buffer_minutes": 45}, {"minimum_notice_minutes": 7000}, {"horizon_days": 5}],
    ids=["none", "a buffer", "notice", "a horizon"],
)
def test_it_is_the_rule_by_which_requests_are_judged(
    start: str, rules: Any, client: Client, maria: User, bob: User
) -> None:
    TeacherProfile.objects.filter(user=maria).update(**rules)
    maria.refresh_from_db()
    make_booking(bob, maria, start=at("11:30"))
    listed = free(client, f"2025-01-15T{start}:00Z")
    asked = client.post(BOOKINGS, wish(maria, f"2025-01-15T{start}:00Z"))
    assert (listed == ["Maria"]) == (asked.status_code == 201)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "America/New_York"])
def test_windows_are_by_each_teachers_clock(zone: str, client: Client) -> None:
    teacher = make_teacher(first_name="Away", timezone=zone)
    make_hours(teacher, day_of_week=2, start="00:00", end="01:30")
    make_hours(teacher, date=dt.date(2025, 1, 20), start="23:00", end="00:00")
    for start in ("2025-01-14T10:00:00Z", "2025-01-15T11:00:00Z", "2025-01-15T05:00:00Z", "2025-01-20T09:00:00Z"):
        listed = free(client, start)
        asked = client.post(BOOKINGS, wish(teacher, start))
        assert (listed == ["Away"]) == (asked.status_code == 201)


def test_it_is_one_page_of_the_directory_with_its_filters(client: Client, maria: User, carl: User) -> None:
    make_teacher(is_active=False)
    with at_most(4):
        assert free(client, "2025-01-15T10:00:00Z", search="garcia") == ["Maria"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"free_at": "2025-01-15T10:00:00"}, "free_at"),
        ({"free_at": "tomorrow"}, "free_at"),
        ({"free_at": "2025-01-15T10:00:00Z", "duration": "4"}, "duration"),
        ({"duration": "60"}, "duration"),
        ({"free_at": "2025-01-15T10:00:00Z", "available_on": "2025-01-15"}, "free_at"),
    ],
)
def test_it_refuses_a_bad_query(query: Any, field: str, client: Client) -> None:
    answer = client.get(TEACHERS, query)
    assert (answer.status_code, set(answer.json()["details"])) == (400, {field})


def test_a_teachers_rules_are_shown(client: Client, maria: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(cancel_notice_minutes=1440, zoom_host="maria@example.com")
    told = client.get(f"{TEACHERS}{maria.id}/").json()
    assert told["rules"] == {
        "slot_interval_minutes": 30,
        "minimum_notice_minutes": 0,
        "horizon_days": 365,
        "cancel_notice_minutes": 1440,
        "reschedule_notice_minutes": 0,
    }


def test_a_teacher_without_a_profile_has_the_defaults(client: Client, maria: User) -> None:
    TeacherProfile.objects.filter(user=maria).delete()
    assert client.get(f"{TEACHERS}{maria.id}/").json()["rules"]["slot_interval_minutes"] == 30
    assert free(client, "2025-01-15T10:00:00Z") == ["Maria"]
