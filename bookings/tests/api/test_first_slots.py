"""GET /api/bookings/slots/first/"""

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, TimeOff
from bookings.tests.conftest import Api, at
from bookings.tests.slot_parts import ask
from bookings.tests.statements import at_most
from conftest import Client

FIRST = "/api/bookings/slots/first/"


def first(client: Client, *teachers: User, **query: Any) -> list[str | None]:
    """Return the start of each teacher's first slot, in UTC."""
    answer = client.get(FIRST, {"teacher_ids": ",".join(str(teacher.id) for teacher in teachers)} | query)
    assert answer.status_code == 200, answer.content
    found = answer.json()["first_slots"]
    assert [each["teacher_id"] for each in found] == [str(teacher.id) for teacher in teachers]
    return [each["slot"] and each["slot"]["start"] for each in found]


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    return api_for(alice)


def test_it_returns_the_first_slot_of_each_teacher(client: Client, maria: User, carl: User, bob: User) -> None:
    make_booking(bob, carl, start=at("09:00"))
    TimeOff.objects.create(teacher=carl, start_time=at("10:00"), end_time=at("12:15"))
    assert first(client, carl, maria) == ["2025-01-15T12:30:00Z", "2025-01-15T09:00:00Z"]


def test_a_slot_is_written_as_among_the_available_ones(client: Client, maria: User) -> None:
    maria.timezone = "Europe/Madrid"
    maria.save()
    answer = client.get(FIRST, {"teacher_ids": str(maria.id)}).json()["first_slots"][0]
    assert answer["timezone"] == "Europe/Madrid"
    assert answer["slot"] == ask(client, maria).json()["available_slots"][0]
    tokyo = client.get(FIRST, {"teacher_ids": str(maria.id), "timezone": "Asia/Tokyo"}).json()["first_slots"][0]
    assert (tokyo["timezone"], tokyo["slot"]["datetime_start"]) == ("Asia/Tokyo", "2025-01-15T17:00:00")


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize("duration", [45, 480])
def test_it_is_the_first_of_those_that_are_offered(
    zone: str, duration: int, client: Client, maria: User, bob: User
) -> None:
    User.objects.filter(id=maria.id).update(timezone=zone)
    TeacherProfile.objects.filter(user=maria).update(
        buffer_minutes=20, minimum_notice_minutes=7000, slot_interval_minutes=25
    )
    make_hours(maria, day_of_week=4, start="22:00", end="00:00")
    make_hours(maria, day_of_week=5, start="00:00", end="07:00")
    make_booking(bob, maria, start=at("13:00"), minutes=60)
    days = {"date": "2025-01-10", "end_date": "2025-02-09", "duration": str(duration)}
    offered = ask(client, maria, **days).json()["available_slots"]
    assert first(client, maria, duration=str(duration)) == [offered[0]["start"]]


def test_from_a_date_on(client: Client, maria: User) -> None:
    assert first(client, maria, **{"from": "2025-01-15"}) == ["2025-01-15T09:00:00Z"]
    assert first(client, maria, **{"from": "2025-01-16"}) == ["2025-01-22T09:00:00Z"]
    assert first(client, maria, **{"from": "2000-01-01"}) == ["2025-01-15T09:00:00Z"]
    assert first(client, maria, **{"from": "2025-01-15", "timezone": "Pacific/Auckland"}) == ["2025-01-15T09:00:00Z"]
    assert first(client, maria, **{"from": "2200-12-31"}) == [None]


def test_a_teacher_without_free_time_has_no_first_slot(client: Client, maria: User, carl: User) -> None:
    TimeOff.objects.create(teacher=maria, start_time=at("00:00"), end_time=at("00:00") + dt.timedelta(days=200))
    Availability.objects.filter(teacher=carl).delete()
    make_hours(carl, date=dt.date(2025, 6, 1))
    assert first(client, maria, carl) == [None, None]


def test_a_horizon_ends_the_search(client: Client, maria: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(horizon_days=3)
    assert first(client, maria) == [None]


def test_unknown_ids_are_left_out(client: Client, alice: User, maria: User) -> None:
    gone = make_teacher(is_active=False)
    asked = ",".join(str(pk) for pk in (alice.id, maria.id, gone.id, uuid.uuid4(), maria.id))
    found = client.get(FIRST, {"teacher_ids": asked}).json()["first_slots"]
    assert [each["teacher_id"] for each in found] == [str(maria.id)]
    assert client.get(FIRST, {"teacher_ids": str(uuid.uuid4())}).json() == {"first_slots": []}


def test_fifty_teachers_cost_four_statements(client: Client) -> None:
    teachers = [make_teacher() for _ in range(50)]
    for teacher in teachers:
        make_hours(teacher)
    with at_most(4):
        assert set(first(client, *teachers)) == {"2025-01-15T09:00:00Z"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "teacher_ids"),
        ({"teacher_ids": ""}, "teacher_ids"),
        ({"teacher_ids": "maria"}, "teacher_ids"),
        ({"teacher_ids": f"{uuid.UUID(int=1)},"}, "teacher_ids"),
        ({"teacher_ids": ",".join([str(uuid.UUID(int=1))] * 51)}, "teacher_ids"),
        ({"teacher_ids": str(uuid.UUID(int=1)), "duration": "4"}, "duration"),
        ({"teacher_ids": str(uuid.UUID(int=1)), "from": "now"}, "from"),
        ({"teacher_ids": str(uuid.UUID(int=1)), "timezone": "Mars"}, "timezone"),
    ],
)
def test_it_refuses_a_bad_query(query: Any, field: str, client: Client) -> None:
    answer = client.get(FIRST, query)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})
