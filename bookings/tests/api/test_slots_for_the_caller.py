"""GET /api/bookings/slots/available/ with `booking_id` and `exclude_mine`, and what a student's own clash answers"""

import uuid
from typing import Any

import pytest

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.slot_parts import ask
from bookings.tests.statements import at_most
from conftest import Client

OWN_CLASH = {"start_time": ["You have another session then."]}


def hours(client: Client, teacher: User, **query: Any) -> list[int]:
    """At which whole hours an hour is offered."""
    slots = ask(client, teacher, **query).json()["available_slots"]
    return [int(slot["start_time"][:2]) for slot in slots if slot["start_time"].endswith(":00")]


def test_a_booking_can_be_moved_into_its_own_time(pending: Booking, bob: User, api_for: Api) -> None:
    make_booking(bob, pending.teacher, start=at("14:00"))
    alice = api_for(pending.student)
    assert hours(alice, pending.teacher) == [9, 11, 12, 13, 15, 16]
    assert hours(alice, pending.teacher, booking_id=str(pending.id)) == [9, 10, 11, 12, 13, 15, 16]
    assert hours(api_for(pending.teacher), pending.teacher, booking_id=str(pending.id)) == [9, 10, 11, 12, 13, 15, 16]


def test_slots_for_a_move_are_exactly_those_that_a_move_accepts(pending: Booking, api_for: Api) -> None:
    TeacherProfile.objects.filter(user=pending.teacher).update(buffer_minutes=30)
    alice = api_for(pending.student)
    slots = ask(alice, pending.teacher, booking_id=str(pending.id)).json()["available_slots"]
    moved = alice.post(f"{BOOKINGS}{pending.id}/reschedule/", {"start_time": slots[1]["start"]})
    assert (moved.status_code, slots[1]["start"]) == (200, "2025-01-15T09:30:00Z")


@pytest.mark.parametrize("who", ["bob", "carl"])
def test_a_strangers_booking_is_404(who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    client = api_for(request.getfixturevalue(who))
    for number in (pending.id, uuid.uuid4()):
        answer = ask(client, pending.teacher, booking_id=str(number))
        assert refused(answer, 404, "Booking not found", "not_found")


def test_a_booking_with_another_teacher_is_refused(pending: Booking, carl: User, api_for: Api) -> None:
    answer = ask(api_for(pending.student), carl, booking_id=str(pending.id))
    assert refused(answer, 400, "booking_id: This booking is with another teacher.", "invalid")


def test_the_callers_own_sessions_can_be_left_out(
    alice: User, maria: User, carl: User, bob: User, api_for: Api
) -> None:
    make_booking(alice, carl, start=at("12:30"))
    make_booking(alice, carl, start=at("15:00"), status=Status.CANCELLED)
    make_booking(bob, carl, start=at("09:00"))
    client = api_for(alice)
    assert hours(client, maria) == [9, 10, 11, 12, 13, 14, 15, 16]
    with at_most(4):
        assert hours(client, maria, exclude_mine="true") == [9, 10, 11, 14, 15, 16]
    explained = ask(client, maria, exclude_mine="true", explain="true").json()
    own = [each["start_time"] for each in explained["not_offered"] if each["reason"] == "own_session"]
    assert own == ["12:00", "12:30", "13:00"]
    assert explained["not_offered"] == sorted(explained["not_offered"], key=lambda each: str(each["start"]))


def test_booking_id_and_exclude_mine_combine(pending: Booking, carl: User, api_for: Api) -> None:
    make_booking(pending.student, carl, start=at("12:00"))
    client = api_for(pending.student)
    with at_most(4):
        found = hours(client, pending.teacher, booking_id=str(pending.id), exclude_mine="true")
    assert found == [9, 10, 11, 13, 14, 15, 16]


def test_staff_leave_out_only_what_is_theirs(pending: Booking, root: User, carl: User, api_for: Api) -> None:
    make_booking(pending.student, carl, start=at("12:00"))
    assert 12 in hours(api_for(root), pending.teacher, exclude_mine="true")
    assert 10 in hours(api_for(root), pending.teacher, booking_id=str(pending.id))


@pytest.mark.parametrize("query", [{"booking_id": "x"}, {"exclude_mine": "perhaps"}])
def test_it_refuses_a_bad_query(query: Any, alice: User, maria: User, api_for: Api) -> None:
    answer = ask(api_for(alice), maria, **query)
    assert (answer.status_code, set(answer.json()["details"])) == (400, set(query))


def test_a_clash_with_the_students_own_session_is_explained(pending: Booking, carl: User, api_for: Api) -> None:
    with nothing_changes():
        answer = api_for(pending.student).post(BOOKINGS, wish(carl))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert answer.json()["details"] == OWN_CLASH


def test_a_clash_with_the_students_own_session_is_explained_for_a_move(
    pending: Booking, carl: User, api_for: Api
) -> None:
    other = make_booking(pending.student, carl, start=at("12:00"))
    moves = f"{BOOKINGS}{other.id}/reschedule/"
    answer = api_for(pending.student).post(moves, {"start_time": "2025-01-15T10:00:00Z"})
    assert answer.json()["details"] == OWN_CLASH
    taught = api_for(carl).post(moves, {"start_time": "2025-01-15T10:00:00Z"})
    assert refused(taught, 400, "Time slot is not available", "slot_unavailable")
    assert "details" not in taught.json()


def test_a_teachers_clash_reveals_no_details(pending: Booking, bob: User, api_for: Api) -> None:
    answer = api_for(bob).post(BOOKINGS, wish(pending.teacher))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert "details" not in answer.json()


# --- The caller's account comes with the slots ---


def test_a_strangers_first_request_creates_their_account(maria: User, api_for: Api) -> None:
    stranger = User(id=uuid.uuid4(), email="stranger@example.com")
    assert len(hours(api_for(stranger), maria)) == 8
    assert User.objects.get(id=stranger.id).email == "stranger@example.com"


@pytest.mark.parametrize("query", [{}, {"date": "tomorrow"}], ids=["good", "bad"])
def test_an_inactive_account_gets_no_slots(query: dict[str, str], alice: User, maria: User, api_for: Api) -> None:
    User.objects.filter(id=alice.id).update(is_active=False)
    with nothing_changes():
        answer = ask(api_for(alice), maria, **query)
    assert refused(answer, 401, "This account is not active.", "account_inactive")


def test_a_changed_address_is_stored(alice: User, maria: User, api_for: Api) -> None:
    alice.email = "new@example.com"
    assert len(hours(api_for(alice), maria)) == 8
    assert User.objects.get(id=alice.id).email == "new@example.com"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_other_methods_are_refused(method: str, alice: User, maria: User, api_for: Api) -> None:
    query = f"?teacher_id={maria.id}&date=2025-01-15"
    answer = getattr(api_for(alice), method)(f"/api/bookings/slots/available/{query}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_options_need_no_query(alice: User, maria: User, api_for: Api) -> None:
    assert api_for(alice).options("/api/bookings/slots/available/").status_code == 200
