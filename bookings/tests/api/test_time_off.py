"""GET, POST /api/bookings/time-off/ and PATCH, DELETE /api/bookings/time-off/<id>/"""

import uuid
from typing import Any

import pytest

from accounts.models import User
from bookings.models import Booking, TimeOff
from bookings.tests.conftest import Api, at, nothing_changes, refused

TIME_OFF = "/api/bookings/time-off/"
SLOTS = "/api/bookings/slots/available/"
MORNING = {"start_time": "2025-01-15T09:00:00Z", "end_time": "2025-01-15T12:00:00Z", "reason": "Dentist"}


@pytest.fixture
def absence(maria: User) -> TimeOff:
    """Maria's Wednesday morning."""
    return TimeOff.objects.create(teacher=maria, start_time=at("09:00"), end_time=at("12:00"), reason="Dentist")


def test_it_works(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(TIME_OFF, MORNING)
    made = TimeOff.objects.get()
    assert answer.status_code == 201
    assert answer.json() == MORNING | {"id": str(made.id)}
    assert (made.teacher, made.start_time, made.end_time) == (maria, at("09:00"), at("12:00"))


def test_no_session_can_be_booked_during_an_absence(absence: TimeOff, alice: User, api_for: Api) -> None:
    teacher = str(absence.teacher_id)
    found = api_for(alice).get(SLOTS, {"teacher_id": teacher, "date": "2025-01-15"}).json()["available_slots"]
    assert found[0]["start_time"] == "12:00"
    wish = {"teacher_id": teacher, "start_time": "2025-01-15T11:30:00Z"}
    assert api_for(alice).post("/api/bookings/bookings/", wish).status_code == 400


def test_a_time_without_offset_is_the_teachers(maria: User, api_for: Api) -> None:
    User.objects.filter(id=maria.id).update(timezone="Europe/Madrid")
    body = {"start_time": "2025-01-15T09:00:00", "end_time": "2025-01-15T12:00:00"}
    answer = api_for(maria).post(TIME_OFF, body)
    assert answer.json() == {
        "id": str(TimeOff.objects.get().id),
        "start_time": "2025-01-15T08:00:00Z",
        "end_time": "2025-01-15T11:00:00Z",
        "reason": "",
    }


def test_existing_bookings_stay(pending: Booking, api_for: Api) -> None:
    before = Booking.objects.values().get()
    assert api_for(pending.teacher).post(TIME_OFF, MORNING).status_code == 201
    assert Booking.objects.values().get() == before
    assert pending.changes.count() == 1


def test_the_list_is_the_callers_own_in_order(absence: TimeOff, maria: User, carl: User, api_for: Api) -> None:
    earlier = TimeOff.objects.create(teacher=maria, start_time=at("09:00", day=14), end_time=at("10:00", day=14))
    TimeOff.objects.create(teacher=carl, start_time=at("09:00"), end_time=at("10:00"))
    found = api_for(maria).get(TIME_OFF).json()
    assert [entry["id"] for entry in found["results"]] == [str(earlier.id), str(absence.id)]


def test_delete_removes_it(absence: TimeOff, alice: User, api_for: Api) -> None:
    assert api_for(absence.teacher).delete(f"{TIME_OFF}{absence.id}/").status_code == 204
    assert not TimeOff.objects.exists()
    wish = {"teacher_id": str(absence.teacher_id), "start_time": "2025-01-15T10:00:00Z"}
    assert api_for(alice).post("/api/bookings/bookings/", wish).status_code == 201


def test_another_teachers_absence_is_404(absence: TimeOff, carl: User, api_for: Api) -> None:
    with nothing_changes():
        assert api_for(carl).patch(f"{TIME_OFF}{absence.id}/", {"reason": "Mine"}).status_code == 404
        foreign = api_for(carl).delete(f"{TIME_OFF}{absence.id}/")
        missing = api_for(carl).delete(f"{TIME_OFF}{uuid.uuid4()}/")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert foreign.content == missing.content


def test_students_have_no_absences(absence: TimeOff, alice: User, api_for: Api) -> None:
    student = api_for(alice)
    with nothing_changes():
        answers = [
            student.get(TIME_OFF),
            student.post(TIME_OFF, MORNING),
            student.patch(f"{TIME_OFF}{absence.id}/", {"reason": "Mine"}),
            student.delete(f"{TIME_OFF}{absence.id}/"),
        ]
    for answer in answers:
        assert refused(answer, 403, "Only teachers can use time off", "permission_denied")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_time": None}, "start_time"),
        ({"start_time": "today"}, "start_time"),
        ({"start_time": 20250115}, "start_time"),
        ({"start_time": "9999-12-31T23:59:59Z"}, "start_time"),
        ({"end_time": "2025-01-15"}, "end_time"),
        ({"end_time": "2025-01-15T09:00:00Z"}, "end_time"),
        ({"end_time": "2025-01-15T08:00:00Z"}, "end_time"),
        ({"end_time": "2025-01-15T10:00:00+02:00"}, "end_time"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"reason": None}, "reason"),
    ],
)
def test_it_refuses_a_bad_body(change: Any, field: str, maria: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(maria).post(TIME_OFF, MORNING | change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


def test_it_refuses_a_time_that_the_clock_skips(maria: User, api_for: Api) -> None:
    User.objects.filter(id=maria.id).update(timezone="America/New_York")
    body = {"start_time": "2025-03-09T02:30:00", "end_time": "2025-03-09T12:00:00"}
    with nothing_changes():
        answer = api_for(maria).post(TIME_OFF, body)
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"start_time"})


def test_patch_changes_what_is_sent(absence: TimeOff, api_for: Api) -> None:
    answer = api_for(absence.teacher).patch(f"{TIME_OFF}{absence.id}/", {"end_time": "2025-01-15T13:00:00+01:00"})
    assert (answer.status_code, answer.json()["reason"], answer.json()["end_time"]) == (
        200,
        "Dentist",
        "2025-01-15T12:00:00Z",
    )
    absence.refresh_from_db()
    assert (absence.start_time, absence.end_time, absence.reason) == (at("09:00"), at("12:00"), "Dentist")


@pytest.mark.parametrize("change", [{"start_time": "2025-01-15T12:00:00Z"}, {"end_time": "2025-01-15T08:00:00Z"}])
def test_a_patch_must_leave_the_ends_in_order(change: Any, absence: TimeOff, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(absence.teacher).patch(f"{TIME_OFF}{absence.id}/", change)
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"end_time"})


def test_duplicate_absences_are_refused(absence: TimeOff, carl: User, api_for: Api) -> None:
    with nothing_changes():
        again = api_for(absence.teacher).post(TIME_OFF, MORNING | {"reason": "Again"})
    assert refused(again, 400, "This absence is there already", "duplicate")
    assert api_for(carl).post(TIME_OFF, MORNING).status_code == 201


def test_absences_to_come_have_a_cap(absence: TimeOff, api_for: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.services.hours.MOST_ABSENCES", 1)
    client = api_for(absence.teacher)
    with nothing_changes():
        answer = client.post(TIME_OFF, MORNING | {"end_time": "2025-01-15T13:00:00Z"})
    assert refused(answer, 400, "You can have at most 1 absences to come; delete some first", "too_many")
    TimeOff.objects.update(start_time=at("09:00", day=8), end_time=at("12:00", day=8))
    assert client.post(TIME_OFF, MORNING).status_code == 201


@pytest.mark.parametrize("method", ["get", "put"])
def test_get_and_put_of_one_absence_are_405(method: str, absence: TimeOff, api_for: Api) -> None:
    with nothing_changes():
        answer = getattr(api_for(absence.teacher), method)(f"{TIME_OFF}{absence.id}/")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
