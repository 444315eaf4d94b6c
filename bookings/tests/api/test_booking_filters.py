"""GET /api/bookings/bookings/ and GET /api/bookings/bookings/my/: the filters, and queries that are refused."""

import pytest

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, refused
from bookings.tests.list_parts import MY, hours


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


def test_a_session_is_upcoming_until_its_end(alice: User, maria: User, api_for: Api) -> None:
    make_booking(alice, maria, start=at("11:00", day=10), status=Status.CONFIRMED)
    make_booking(alice, maria, start=at("12:00", day=10), minutes=1, status=Status.CANCELLED)
    assert (hours(api_for(alice), when="past"), hours(api_for(alice), when="upcoming")) == ([11], [12])


def test_no_filter_widens_what_is_seen(several: list[Booking], bob: User, alice: User, api_for: Api) -> None:
    assert hours(api_for(bob), student_id=str(alice.id)) == []
    assert hours(api_for(bob), search="Alice") == []
    assert hours(api_for(bob), role="teacher") == []


@pytest.mark.parametrize("path", [BOOKINGS, MY])
def test_it_refuses_unknown_and_repeated_parameters(path: str, alice: User, api_for: Api) -> None:
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
