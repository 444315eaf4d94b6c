"""GET /api/bookings/bookings/, GET /api/bookings/bookings/my/ and GET /api/bookings/bookings/<id>/"""

import uuid
from typing import Any

import pytest

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.list_parts import MY, hours


@pytest.mark.parametrize("path", [BOOKINGS, MY])
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("alice", [9, 10, 11, 12, 13]),
        ("bob", [14]),
        ("maria", [9, 10, 11, 12, 14]),
        ("carl", [13]),
        ("root", [9, 10, 11, 12, 13, 14]),
    ],
)
def test_everybody_sees_their_own_and_staff_all(
    path: str, who: str, expected: list[int], several: list[Booking], api_for: Api, request: pytest.FixtureRequest
) -> None:
    with nothing_changes():
        assert hours(api_for(request.getfixturevalue(who)), path) == expected


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_a_booking_is_read_by_its_parties_and_staff(
    who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    answer = client.get(f"{BOOKINGS}{pending.id}/")
    assert answer.status_code == 200
    assert answer.json() == client.get(MY).json()["results"][0]
    assert (answer.json()["id"], answer.json()["notes"]) == (str(pending.id), "Irregular verbs")


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_a_list_shows_each_booking_like_its_detail_page(
    who: str, several: list[Booking], api_for: Api, request: pytest.FixtureRequest
) -> None:
    make_feedback(several[3])
    client = api_for(request.getfixturevalue(who))
    listed = client.get(BOOKINGS).json()["results"]
    assert {entry["status"] for entry in listed} == set(Status)
    assert [entry["feedback"] is not None for entry in listed].count(True) == 1
    assert listed == [client.get(f"{BOOKINGS}{entry['id']}/").json() for entry in listed]


def test_the_meeting_is_shown_only_while_it_exists(several: list[Booking], alice: User, api_for: Api) -> None:
    shown = {entry["status"]: entry for entry in api_for(alice).get(MY, {"role": "student"}).json()["results"]}
    for status, has_meeting in {"PENDING": False, "CONFIRMED": True, "CANCELLED": False, "COMPLETED": True}.items():
        entry = shown[status]
        assert entry["zoom_info"]["has_meeting"] is has_meeting
        assert (entry["zoom_meeting_id"] is not None) is has_meeting
        assert entry["zoom_info"]["join_url"] == entry["zoom_join_url"]
        assert "zoom_password" not in entry


def test_can_cancel_and_can_reschedule_are_for_the_caller(several: list[Booking], maria: User, api_for: Api) -> None:
    TeacherProfile.objects.update(cancel_notice_minutes=60 * 24 * 30)
    by_status = {entry["start_time"][11:13]: entry for entry in api_for(maria).get(MY).json()["results"]}
    told = {hour: (entry["can_cancel"], entry["can_reschedule"]) for hour, entry in by_status.items()}
    live, over = (True, True), (False, False)
    assert told == {"09": live, "10": live, "11": over, "12": over, "14": live}
    student = api_for(several[0].student).get(f"{BOOKINGS}{several[0].id}/").json()
    assert (student["can_cancel"], student["can_reschedule"]) == (False, True)


@pytest.mark.parametrize(("ordering", "expected"), [("start_time", [9, 10, 11, 12]), ("-start_time", [12, 11, 10, 9])])
def test_a_former_student_who_teaches_reads_both_roles_in_one_order(
    ordering: str, expected: list[int], alice: User, maria: User, carl: User, api_for: Api
) -> None:
    for hour, student, teacher in [(9, alice, maria), (10, maria, carl), (11, alice, maria), (12, maria, carl)]:
        make_booking(student, teacher, start=at(f"{hour:02}:00"))
    client, query = api_for(maria), {"ordering": ordering, "page_size": "1"}
    assert hours(client, ordering=ordering) == expected
    assert [hours(client, page=str(page), **query) for page in range(1, 5)] == [[hour] for hour in expected]
    after: Any = ""
    for hour in expected:
        answer = client.get(MY, query | {"after": after}).json()
        assert [entry["start_time"][11:13] for entry in answer["results"]] == [f"{hour:02}"]
        assert answer["count"] == 4
        after = answer["next_after"]
    assert after is None
    assert hours(client, role="student", ordering=ordering) == [hour for hour in expected if hour % 2 == 0]


def test_pages(alice: User, maria: User, api_for: Api) -> None:
    for minutes in range(0, 120, 4):
        hour, minute = divmod(minutes, 60)
        make_booking(alice, maria, start=at(f"{9 + hour:02}:{minute:02}"), minutes=2)
    client = api_for(alice)
    first = client.get(MY).json()
    assert (first["count"], len(first["results"]), first["previous"]) == (30, 25, None)
    second = client.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (5, None)
    assert client.get(second["previous"]).json()["results"] == first["results"]
    ids = [entry["id"] for page in (first, second) for entry in page["results"]]
    assert len(set(ids)) == 30
    assert len(client.get(MY, {"page_size": 7, "page": 5}).json()["results"]) == 2


@pytest.mark.parametrize(
    ("size", "shown"), [("1", 1), ("0", 3), ("-1", 3), ("x", 3), ("", 3), ("1000000000", 3), ("9" * 5000, 3)]
)
def test_the_size_of_a_page_is_bounded(
    size: str, shown: int, several: list[Booking], carl: User, alice: User, api_for: Api
) -> None:
    for hour in (18, 20):
        make_booking(alice, carl, start=at(f"{hour:02}:00"))
    answer = api_for(carl).get(MY, {"page_size": size})
    assert (answer.status_code, len(answer.json()["results"])) == (200, shown)


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "9" * 5000, "1\x00"])
def test_a_missing_page_is_404(page: str, pending: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, {"page": page})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("who", ["bob", "carl"])
def test_a_strangers_booking_is_404(who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    stranger = api_for(request.getfixturevalue(who))
    foreign, missing = stranger.get(f"{BOOKINGS}{pending.id}/"), stranger.get(f"{BOOKINGS}{uuid.uuid4()}/")
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content
