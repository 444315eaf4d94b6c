"""GET, POST /api/bookings/availability/ and GET, PUT, PATCH, DELETE /api/bookings/availability/<id>/"""

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, Booking
from bookings.tests.conftest import Api, at, nothing_changes, refused

AVAILABILITY = "/api/bookings/availability/"
TUESDAY: dict[str, Any] = {
    "day_of_week": 1,
    "start_time": "09:00:00",
    "end_time": "17:00:00",
    "is_recurring": True,
    "date": None,
}
ONCE = {"start_time": "09:00", "end_time": "12:00", "is_recurring": False, "date": "2025-01-18"}


@pytest.fixture
def hours(maria: User) -> Availability:
    """Maria's Wednesdays."""
    return Availability.objects.get(teacher=maria)


def test_a_teacher_sets_hours(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(AVAILABILITY, TUESDAY)
    made = Availability.objects.get(day_of_week=1)
    assert answer.status_code == 201
    assert answer.json() == TUESDAY | {"id": str(made.id), "teacher": str(maria.id)}
    assert (made.teacher, made.start_time, made.end_time) == (maria, dt.time(9), dt.time(17))
    assert (made.is_recurring, made.date) == (True, None)


def test_hours_of_one_date_take_their_weekday_from_it(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(AVAILABILITY, ONCE)
    assert (answer.status_code, answer.json()["day_of_week"], answer.json()["date"]) == (201, 5, "2025-01-18")
    assert Availability.objects.get(date=dt.date(2025, 1, 18)).day_of_week == 5


def test_a_date_overrides_a_wrong_weekday(maria: User, api_for: Api) -> None:
    assert api_for(maria).post(AVAILABILITY, ONCE | {"day_of_week": 0}).json()["day_of_week"] == 5


def test_hours_may_last_until_midnight(maria: User, api_for: Api) -> None:
    assert api_for(maria).post(AVAILABILITY, TUESDAY | {"end_time": "00:00"}).json()["end_time"] == "00:00:00"


def test_hours_may_overlap(maria: User, api_for: Api) -> None:
    client = api_for(maria)
    assert client.post(AVAILABILITY, TUESDAY).status_code == 201
    assert client.post(AVAILABILITY, TUESDAY | {"end_time": "17:30"}).status_code == 201


@pytest.mark.parametrize("body", [TUESDAY, ONCE])
def test_duplicate_hours_are_refused(body: Any, maria: User, carl: User, api_for: Api) -> None:
    client = api_for(maria)
    assert client.post(AVAILABILITY, body).status_code == 201
    with nothing_changes():
        again = client.post(AVAILABILITY, body)
    assert refused(again, 400, "These working hours are there already", "duplicate")
    assert api_for(carl).post(AVAILABILITY, body).status_code == 201


def test_a_patch_may_not_make_hours_the_same_as_others(hours: Availability, api_for: Api) -> None:
    other = make_hours(hours.teacher, end="18:00")
    client = api_for(hours.teacher)
    with nothing_changes():
        answer = client.patch(f"{AVAILABILITY}{other.id}/", {"end_time": "17:00"})
    assert refused(answer, 400, "These working hours are there already", "duplicate")
    assert client.patch(f"{AVAILABILITY}{other.id}/", {"end_time": "18:00"}).status_code == 200


def test_weekly_hours_have_a_cap(hours: Availability, api_for: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.services.hours.MOST_WEEKLY", 2)
    client = api_for(hours.teacher)
    assert client.post(AVAILABILITY, TUESDAY).status_code == 201
    with nothing_changes():
        answer = client.post(AVAILABILITY, TUESDAY | {"day_of_week": 4})
    assert refused(answer, 400, "You can have at most 2 weekly working hours; delete some first", "too_many")
    assert client.post(AVAILABILITY, ONCE).status_code == 201
    assert client.patch(f"{AVAILABILITY}{hours.id}/", {"end_time": "16:00"}).status_code == 200


def test_hours_of_dates_to_come_have_a_cap(maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.services.hours.MOST_DATED", 1)
    make_hours(maria, date=dt.date(2024, 12, 24))
    client = api_for(maria)
    assert client.post(AVAILABILITY, ONCE).status_code == 201
    with nothing_changes():
        answer = client.post(AVAILABILITY, ONCE | {"date": "2025-01-25"})
    sentence = "You can have at most 1 working hours on single dates to come; delete some first"
    assert refused(answer, 400, sentence, "too_many")


def test_the_list_is_the_callers_own(hours: Availability, maria: User, carl: User, alice: User, api_for: Api) -> None:
    found = api_for(maria).get(AVAILABILITY).json()
    assert (found["count"], found["results"][0]["id"]) == (1, str(hours.id))
    assert api_for(alice).get(AVAILABILITY).json()["count"] == 0


@pytest.mark.parametrize("who", ["alice", "carl", "maria"])
def test_anybody_can_read_a_teachers_hours(
    who: str, hours: Availability, maria: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    found = client.get(AVAILABILITY, {"teacher_id": str(maria.id)}).json()
    assert [entry["id"] for entry in found["results"]] == [str(hours.id)]
    assert client.get(f"{AVAILABILITY}{hours.id}/").json() == found["results"][0]


def test_the_list_is_in_order_of_the_week(maria: User, api_for: Api) -> None:
    for day, start in ((4, "09:00"), (0, "13:00"), (0, "08:00")):
        make_hours(maria, day_of_week=day, start=start)
    found = api_for(maria).get(AVAILABILITY).json()["results"]
    assert [(entry["day_of_week"], entry["start_time"][:2]) for entry in found] == [
        (0, "08"),
        (0, "13"),
        (2, "09"),
        (4, "09"),
    ]


def test_put_replaces_the_hours(hours: Availability, maria: User, api_for: Api) -> None:
    answer = api_for(maria).put(f"{AVAILABILITY}{hours.id}/", ONCE)
    hours.refresh_from_db()
    assert (answer.status_code, hours.date, hours.day_of_week) == (200, dt.date(2025, 1, 18), 5)
    assert (hours.is_recurring, hours.start_time, hours.end_time) == (False, dt.time(9), dt.time(12))


def test_patch_changes_what_is_sent(hours: Availability, maria: User, api_for: Api) -> None:
    answer = api_for(maria).patch(f"{AVAILABILITY}{hours.id}/", {"end_time": "18:00"})
    assert answer.status_code == 200
    hours.refresh_from_db()
    assert (hours.start_time, hours.end_time, hours.day_of_week) == (dt.time(9), dt.time(18), 2)


def test_patch_makes_weekly_hours_out_of_a_date(maria: User, api_for: Api) -> None:
    once = make_hours(maria, date=dt.date(2025, 1, 18))
    answer = api_for(maria).patch(f"{AVAILABILITY}{once.id}/", {"is_recurring": True, "date": None})
    assert (answer.status_code, answer.json()["date"], answer.json()["day_of_week"]) == (200, None, 5)


def test_delete_removes_the_hours_and_keeps_the_bookings(hours: Availability, alice: User, api_for: Api) -> None:
    booking = make_booking(alice, hours.teacher, start=at("10:00"))
    answer = api_for(hours.teacher).delete(f"{AVAILABILITY}{hours.id}/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Availability.objects.exists()
    assert Booking.objects.get() == booking


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_another_teachers_hours_cannot_be_changed(method: str, hours: Availability, carl: User, api_for: Api) -> None:
    with nothing_changes():
        foreign = getattr(api_for(carl), method)(f"{AVAILABILITY}{hours.id}/", TUESDAY)
        missing = getattr(api_for(carl), method)(f"{AVAILABILITY}{uuid.uuid4()}/", TUESDAY)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert foreign.content == missing.content


def test_students_cannot_set_hours(hours: Availability, alice: User, api_for: Api) -> None:
    student, one = api_for(alice), f"{AVAILABILITY}{hours.id}/"
    with nothing_changes():
        answers = [
            student.post(AVAILABILITY, TUESDAY),
            student.put(one, TUESDAY),
            student.patch(one, {"end_time": "18:00"}),
            student.delete(one),
        ]
    for answer in answers:
        assert refused(answer, 403, "Only teachers can set availability", "permission_denied")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"day_of_week": 7}, "day_of_week", id="an eighth day"),
        pytest.param({"day_of_week": -1}, "day_of_week", id="a day before Monday"),
        pytest.param({"day_of_week": None}, "day_of_week", id="neither day nor date"),
        pytest.param({"day_of_week": "Tuesday"}, "day_of_week", id="a word"),
        pytest.param({"start_time": "9"}, "start_time", id="an hour"),
        pytest.param({"start_time": "09:00:30"}, "start_time", id="seconds"),
        pytest.param({"start_time": "09:00+02:00"}, "start_time", id="an offset"),
        pytest.param({"start_time": "24:00"}, "start_time", id="an hour that is none"),
        pytest.param({"start_time": None}, "start_time", id="no start"),
        pytest.param({"end_time": 17}, "end_time", id="a number"),
        pytest.param({"end_time": "09:00"}, "non_field_errors", id="no length"),
        pytest.param({"end_time": "08:00"}, "non_field_errors", id="ends before it starts"),
        pytest.param({"is_recurring": "perhaps"}, "is_recurring", id="neither true nor false"),
        pytest.param({"is_recurring": False}, "non_field_errors", id="once, but when?"),
        pytest.param({"date": "2025-01-18"}, "non_field_errors", id="weekly, with a date"),
        pytest.param({"date": "2025-02-30"}, "date", id="a date that is none"),
        pytest.param({"date": "18.01.2025"}, "date", id="a date written otherwise"),
    ],
)
def test_it_refuses_a_bad_body(change: Any, field: str, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).post(AVAILABILITY, TUESDAY | change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"start_time": "17:00"}, id="no length"),
        pytest.param({"end_time": "08:00"}, id="ends before it starts"),
        pytest.param({"is_recurring": False}, id="once, but when?"),
        pytest.param({"date": "2025-01-18"}, id="weekly, with a date"),
    ],
)
def test_a_patch_with_an_invalid_result_is_refused(change: Any, hours: Availability, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(hours.teacher).patch(f"{AVAILABILITY}{hours.id}/", change)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_hours_cannot_be_set_for_somebody_else(maria: User, carl: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).post(AVAILABILITY, TUESDAY | {"teacher": str(carl.id), "id": str(uuid.uuid4())})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"teacher", "id"})


@pytest.mark.parametrize("value", ["abc", "", "1", "\u00b2"])
def test_it_refuses_a_bad_query(value: str, maria: User, api_for: Api) -> None:
    answer = api_for(maria).get(AVAILABILITY, {"teacher_id": value})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"teacher_id"})
