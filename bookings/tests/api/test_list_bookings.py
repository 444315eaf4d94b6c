"""GET /api/bookings/bookings/, GET /api/bookings/bookings/my/ and GET /api/bookings/bookings/<id>/"""

import uuid
from typing import Any

import pytest

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from conftest import Client

MY = f"{BOOKINGS}my/"


@pytest.fixture
def several(alice: User, bob: User, maria: User, carl: User) -> list[Booking]:
    """Alice with Maria in every status, with Carl, and Bob with Maria; asked for in the order of their start."""
    return [
        make_booking(alice, maria, start=at("09:00"), status=Status.PENDING),
        make_booking(alice, maria, start=at("10:00"), status=Status.CONFIRMED),
        make_booking(alice, maria, start=at("11:00"), status=Status.CANCELLED),
        make_booking(alice, maria, start=at("12:00"), status=Status.COMPLETED),
        make_booking(alice, carl, start=at("13:00")),
        make_booking(bob, maria, start=at("14:00")),
    ]


def hours(client: Client, path: str = MY, **query: str) -> list[int]:
    """At which hours the bookings start that come back, in their order."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return [int(entry["start_time"][11:13]) for entry in answer.json()["results"]]


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
def test_one_is_read_by_its_parties(who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    client = api_for(request.getfixturevalue(who))
    answer = client.get(f"{BOOKINGS}{pending.id}/")
    assert answer.status_code == 200
    assert answer.json() == client.get(MY).json()["results"][0]
    assert (answer.json()["id"], answer.json()["notes"]) == (str(pending.id), "Irregular verbs")


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
def test_a_list_tells_of_each_what_its_own_page_tells(
    who: str, several: list[Booking], api_for: Api, request: pytest.FixtureRequest
) -> None:
    make_feedback(several[3])
    client = api_for(request.getfixturevalue(who))
    listed = client.get(BOOKINGS).json()["results"]
    assert {entry["status"] for entry in listed} == set(Status)
    assert [entry["feedback"] is not None for entry in listed].count(True) == 1
    assert listed == [client.get(f"{BOOKINGS}{entry['id']}/").json() for entry in listed]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"status": "PENDING"}, [9, 13], id="status pending"),
        pytest.param({"status": "CANCELLED"}, [11], id="status cancelled"),
        pytest.param({"status": "COMPLETED"}, [12], id="status completed"),
        pytest.param({"role": "student"}, [9, 10, 11, 12, 13], id="as student"),
        pytest.param({"role": "teacher"}, [], id="as teacher"),
        pytest.param({"status": "PENDING", "role": "student"}, [9, 13], id="both"),
        pytest.param({"ordering": "-start_time"}, [13, 12, 11, 10, 9], id="latest first"),
        pytest.param({"ordering": "created_at"}, [9, 10, 11, 12, 13], id="as asked for"),
        pytest.param({"ordering": "-created_at"}, [13, 12, 11, 10, 9], id="last asked for first"),
        pytest.param({"from": "2025-01-15", "to": "2025-01-15"}, [9, 10, 11, 12, 13], id="that day"),
        pytest.param({"from": "2025-01-16"}, [], id="later"),
        pytest.param({"to": "2025-01-14"}, [], id="earlier"),
        pytest.param({"status": "PENDING,COMPLETED"}, [9, 12, 13], id="several statuses"),
        pytest.param({"status": "PENDING,PENDING"}, [9, 13], id="the same status twice"),
        pytest.param({"search": "maria alice"}, [9, 10, 11, 12], id="names of both"),
        pytest.param({"search": "clark"}, [13], id="the teacher's last name"),
        pytest.param({"search": "example.com"}, [], id="no e-mails"),
        pytest.param({"starts_after": "2025-01-15T10:00:00Z"}, [10, 11, 12, 13], id="from then on"),
        pytest.param({"starts_before": "2025-01-15T12:00:00+02:00"}, [9], id="before then"),
        pytest.param({"ends_before": "2025-01-15T11:00:00Z"}, [9, 10], id="over by then"),
        pytest.param({"when": "upcoming"}, [9, 10, 11, 12, 13], id="not over"),
        pytest.param({"when": "past"}, [], id="over"),
        pytest.param({"has_feedback": "true"}, [], id="with feedback"),
        pytest.param({"has_feedback": "false", "status": "COMPLETED"}, [12], id="feedback is due"),
        pytest.param({"from": "2025-01-15", "starts_after": "2025-01-15T11:00:00Z"}, [11, 12, 13], id="both from"),
        pytest.param({"to": "2025-01-15", "starts_before": "2025-01-15T11:00:00Z"}, [9, 10], id="both until"),
    ],
)
def test_filters(query: dict[str, str], expected: list[int], several: list[Booking], alice: User, api_for: Api) -> None:
    assert hours(api_for(alice), **query) == expected


def test_all_filters_at_once(several: list[Booking], alice: User, maria: User, api_for: Api) -> None:
    query = {
        "role": "student",
        "status": "CONFIRMED,PENDING",
        "when": "upcoming",
        "has_feedback": "false",
        "student_id": str(alice.id),
        "teacher_id": str(maria.id),
        "from": "2025-01-15",
        "to": "2025-01-15",
        "starts_after": "2025-01-15T09:00:00Z",
        "starts_before": "2025-01-15T13:00:00Z",
        "ends_before": "2025-01-15T13:00:00Z",
        "ordering": "-created_at",
    }
    client = api_for(alice)
    for more in ({}, {"page": "last"}, {"search": "maria"}, {"after": ""}):
        assert sorted(hours(client, **query, **more)) == [9, 10]


def test_filters_by_people_and_feedback(several: list[Booking], alice: User, bob: User, api_for: Api) -> None:
    carl, maria = several[4].teacher, several[0].teacher
    make_feedback(several[3])
    assert hours(api_for(alice), teacher_id=str(carl.id)) == [13]
    assert hours(api_for(maria), student_id=str(bob.id)) == [14]
    assert hours(api_for(alice), has_feedback="true") == [12]
    assert hours(api_for(alice), has_feedback="false", status="COMPLETED") == []


def test_past_and_upcoming_part_at_the_end(alice: User, maria: User, api_for: Api) -> None:
    make_booking(alice, maria, start=at("11:00", day=10), status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("12:00", day=10), minutes=1, status=Status.CANCELLED)
    assert (hours(api_for(alice), when="past"), hours(api_for(alice), when="upcoming")) == ([11], [12])


def test_no_filter_widens_what_is_seen(several: list[Booking], bob: User, alice: User, api_for: Api) -> None:
    assert hours(api_for(bob), student_id=str(alice.id)) == []
    assert hours(api_for(bob), search="Alice") == []
    assert hours(api_for(bob), role="teacher") == []


@pytest.mark.parametrize("path", [BOOKINGS, MY])
def test_it_refuses_what_it_does_not_know_and_what_is_sent_twice(path: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(path, {"student": str(alice.id), "status": ["PENDING", "CONFIRMED"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["details"] == {
        "status": ["Send this once."],
        "student": ["There is no such parameter here."],
    }


@pytest.mark.parametrize(
    ("first", "last", "values"),
    [
        ("from", "to", ("2025-01-15", "2025-01-14")),
        ("starts_after", "starts_before", ("2025-01-15T10:00:00Z", "2025-01-15T09:59:00Z")),
    ],
)
def test_it_refuses_a_span_that_ends_before_it_begins(
    first: str, last: str, values: tuple[str, str], alice: User, api_for: Api
) -> None:
    answer = api_for(alice).get(MY, dict(zip((first, last), values, strict=True)))
    assert refused(answer, 400, f"{last}: This must not be before `{first}`.", "invalid")


@pytest.mark.parametrize(
    ("zone", "query", "expected"),
    [
        ("Asia/Tokyo", {"from": "2025-01-15"}, [15]),
        ("Asia/Tokyo", {"to": "2025-01-14"}, [14]),
        ("America/New_York", {"from": "2025-01-14", "to": "2025-01-14"}, [14, 15]),
        ("UTC", {"from": "2000-01-01", "to": "2200-12-31"}, [14, 15]),
        ("Pacific/Kiritimati", {"from": "2000-01-01", "to": "2200-12-31"}, [14, 15]),
        ("Pacific/Niue", {"from": "2000-01-01", "to": "2200-12-31"}, [14, 15]),
    ],
)
def test_days_are_the_callers_own(
    zone: str, query: dict[str, str], expected: list[int], alice: User, maria: User, api_for: Api
) -> None:
    User.objects.filter(id=alice.id).update(timezone=zone)
    make_booking(alice, maria, start=at("14:00", day=14))
    make_booking(alice, maria, start=at("15:00", day=14))
    assert hours(api_for(alice), **query) == expected


def test_the_meeting_is_shown_while_it_is_there(several: list[Booking], alice: User, api_for: Api) -> None:
    shown = {entry["status"]: entry for entry in api_for(alice).get(MY, {"role": "student"}).json()["results"]}
    for status, has_meeting in {"PENDING": False, "CONFIRMED": True, "CANCELLED": False, "COMPLETED": True}.items():
        entry = shown[status]
        assert entry["zoom_info"]["has_meeting"] is has_meeting
        assert (entry["zoom_meeting_id"] is not None) is has_meeting
        assert entry["zoom_info"]["join_url"] == entry["zoom_join_url"]
        assert "zoom_password" not in entry


def test_what_may_be_done_is_told_for_the_caller(several: list[Booking], maria: User, api_for: Api) -> None:
    TeacherProfile.objects.update(cancel_notice_minutes=60 * 24 * 30)
    by_status = {entry["start_time"][11:13]: entry for entry in api_for(maria).get(MY).json()["results"]}
    told = {hour: (entry["can_cancel"], entry["can_reschedule"]) for hour, entry in by_status.items()}
    live, over = (True, True), (False, False)
    assert told == {"09": live, "10": live, "11": over, "12": over, "14": live}
    student = api_for(several[0].student).get(f"{BOOKINGS}{several[0].id}/").json()
    assert (student["can_cancel"], student["can_reschedule"]) == (False, True)


@pytest.mark.parametrize(("ordering", "expected"), [("start_time", [9, 10, 11, 12]), ("-start_time", [12, 11, 10, 9])])
def test_who_was_student_and_teacher_reads_both_in_one_order(
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
def test_a_page_that_is_not_there(page: str, pending: Booking, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, {"page": page})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("who", ["bob", "carl"])
def test_one_is_not_there_for_a_stranger(
    who: str, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    stranger = api_for(request.getfixturevalue(who))
    foreign, missing = stranger.get(f"{BOOKINGS}{pending.id}/"), stranger.get(f"{BOOKINGS}{uuid.uuid4()}/")
    assert refused(foreign, 404, "Booking not found", "not_found")
    assert foreign.content == missing.content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "OPEN"),
        ("status", "pending"),
        ("status", ""),
        ("role", "admin"),
        ("role", ""),
        ("from", "yesterday"),
        ("from", ""),
        ("from", "0001-01-01"),
        ("to", "9999-12-31"),
        ("to", "2025-02-30"),
        ("ordering", "student"),
        ("ordering", ""),
        ("ordering", "start_time; DROP TABLE"),
        ("status", "PENDING\x00"),
        ("status", "PENDING,"),
        ("status", "PENDING OPEN"),
        ("teacher_id", "maria"),
        ("student_id", ""),
        ("search", ""),
        ("search", "x" * 101),
        ("when", "now"),
        ("starts_after", "2025-01-15"),
        ("starts_before", "2025-01-15T10:00:00"),
        ("ends_before", "9999-12-31T00:00:00Z"),
        ("has_feedback", "perhaps"),
    ],
)
@pytest.mark.parametrize("path", [BOOKINGS, MY])
def test_it_refuses_a_bad_query(path: str, name: str, value: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(path, {name: value})
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {name})
