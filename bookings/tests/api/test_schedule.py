"""GET /api/bookings/schedule/"""

import uuid
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import Api, at, nothing_changes, refused
from conftest import Client

SCHEDULE = "/api/bookings/schedule/"


def ask(client: Client, teacher: User, **query: Any) -> Any:
    week = {"start_date": "2025-01-15", "end_date": "2025-01-22"}
    return client.get(SCHEDULE, {"teacher_id": str(teacher.id)} | week | query)


def times(answer: Any) -> list[str]:
    return [entry["start_time"] for entry in answer.json()["bookings"]]


def test_it_works(pending: Booking, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = ask(api_for(maria), maria)
    assert answer.status_code == 200
    assert answer.json() == {
        "teacher_id": str(maria.id),
        "start_date": "2025-01-15",
        "end_date": "2025-01-22",
        "bookings": [
            {
                "booking_id": str(pending.id),
                "start_time": "2025-01-15T10:00:00Z",
                "end_time": "2025-01-15T11:00:00Z",
                "status": "PENDING",
                "student__first_name": "Alice",
                "student__last_name": "Adams",
            }
        ],
    }


@pytest.mark.parametrize(
    ("who", "name"), [("maria", "Alice"), ("alice", "Alice"), ("root", "Alice"), ("bob", None), ("carl", None)]
)
def test_only_the_parties_and_staff_see_the_student(
    who: str, name: str | None, pending: Booking, maria: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    answer = ask(api_for(request.getfixturevalue(who)), maria)
    [entry] = answer.json()["bookings"]
    assert entry["student__first_name"] == name
    assert entry["student__last_name"] == (name and "Adams")
    assert entry["booking_id"] == (name and str(pending.id))
    assert not any(word in answer.content.decode() for word in ("Irregular verbs", pending.student.email))


def test_it_has_live_and_completed_bookings_in_order(alice: User, maria: User, carl: User, api_for: Api) -> None:
    make_booking(alice, maria, start=at("14:00"), status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("09:00"), status=Status.COMPLETED)
    make_booking(alice, maria, start=at("11:00"), status=Status.CANCELLED)
    make_booking(alice, maria, start=at("10:00"))
    make_booking(alice, carl, start=at("12:00"))
    statuses = [entry["status"] for entry in ask(api_for(alice), maria).json()["bookings"]]
    assert statuses == ["COMPLETED", "PENDING", "CONFIRMED"]


def test_both_dates_are_included_by_the_teachers_clock(alice: User, api_for: Api) -> None:
    teacher = make_teacher(timezone="Asia/Tokyo")
    for day, time in ((14, "14:59"), (14, "15:00"), (22, "14:59"), (22, "15:00")):
        make_booking(alice, teacher, start=at(time, day=day), minutes=1)
    assert times(ask(api_for(alice), teacher)) == ["2025-01-14T15:00:00Z", "2025-01-22T14:59:00Z"]


def test_a_session_that_reaches_into_the_first_day_is_shown(alice: User, maria: User, api_for: Api) -> None:
    make_booking(alice, maria, start=at("23:30", day=14))
    make_booking(alice, maria, start=at("22:00", day=14))
    assert times(ask(api_for(alice), maria)) == ["2025-01-14T23:30:00Z"]


def test_a_date_that_the_teachers_zone_skipped_is_empty(alice: User, api_for: Api) -> None:
    teacher = make_teacher(timezone="Pacific/Apia")
    answer = ask(api_for(alice), teacher, start_date="2011-12-30", end_date="2011-12-30")
    assert (answer.status_code, answer.json()["bookings"]) == (200, [])


def test_ninety_two_days_are_the_most(maria: User, api_for: Api) -> None:
    client = api_for(maria)
    assert ask(client, maria, end_date="2025-04-16").status_code == 200
    assert ask(client, maria, end_date="2025-04-17").status_code == 400


def test_unknown_ids_and_students_are_404(alice: User, bob: User, api_for: Api) -> None:
    for teacher_id in (uuid.uuid4(), bob.id, make_teacher(is_active=False).id):
        answer = ask(api_for(alice), bob, teacher_id=str(teacher_id))
        assert refused(answer, 404, "Teacher not found", "not_found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"teacher_id": "abc"}, "teacher_id"),
        ({"teacher_id": ""}, "teacher_id"),
        ({"start_date": ""}, "start_date"),
        ({"start_date": "15.01.2025"}, "start_date"),
        ({"start_date": "0001-01-01"}, "start_date"),
        ({"end_date": ""}, "end_date"),
        ({"end_date": "2025-01-14"}, "end_date"),
        ({"end_date": "2025-13-01"}, "end_date"),
        ({"end_date": "9999-12-31"}, "end_date"),
    ],
)
def test_it_refuses_a_bad_query(change: dict[str, str], field: str, maria: User, api_for: Api) -> None:
    answer = ask(api_for(maria), maria, **change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


@pytest.mark.parametrize("missing", ["teacher_id", "start_date", "end_date"])
def test_teacher_and_dates_are_required(missing: str, maria: User, api_for: Api) -> None:
    query = {"teacher_id": str(maria.id), "start_date": "2025-01-15", "end_date": "2025-01-22"}
    del query[missing]
    answer = api_for(maria).get(SCHEDULE, query)
    assert (answer.status_code, set(answer.json()["details"])) == (400, {missing})
