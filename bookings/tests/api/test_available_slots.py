"""GET /api/bookings/slots/available/"""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine

from accounts.factories import make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, TimeOff
from bookings.states import Status
from bookings.tests.conftest import Api, at, nothing_changes, refused
from bookings.tests.slot_parts import SLOTS, ask
from conftest import Client


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    return api_for(alice)


def starts(client: Client, teacher: User, **query: Any) -> list[str]:
    """When the offered slots start, as the zone's clock shows it."""
    return [slot["start_time"] for slot in ask(client, teacher, **query).json()["available_slots"]]


@pytest.fixture
def morning(maria: User) -> Availability:
    """Maria's Wednesdays, cut down to the spec's example: nine to half past eleven."""
    Availability.objects.update(end_time=dt.time(11, 30))
    return Availability.objects.get()


def test_the_specs_example_is_reproduced_exactly(client: Client, maria: User, morning: Availability, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"), minutes=30)
    answer = ask(client, maria, duration=60)
    assert answer.status_code == 200
    assert answer.json() == {
        "date": "2025-01-15",
        "teacher_id": str(maria.id),
        "timezone": "UTC",
        "available_slots": [
            {
                "start_time": "09:00",
                "end_time": "10:00",
                "datetime_start": "2025-01-15T09:00:00",
                "datetime_end": "2025-01-15T10:00:00",
                "start": "2025-01-15T09:00:00Z",
                "end": "2025-01-15T10:00:00Z",
            },
            {
                "start_time": "10:30",
                "end_time": "11:30",
                "datetime_start": "2025-01-15T10:30:00",
                "datetime_end": "2025-01-15T11:30:00",
                "start": "2025-01-15T10:30:00Z",
                "end": "2025-01-15T11:30:00Z",
            },
        ],
    }


@pytest.mark.parametrize("who", ["bob", "maria", "carl", "root"])
def test_anybody_signed_in_may_ask(who: str, maria: User, api_for: Api, request: pytest.FixtureRequest) -> None:
    client = api_for(request.getfixturevalue(who))
    with nothing_changes():
        assert len(starts(client, maria)) == 15


def test_the_duration_defaults_to_an_hour(client: Client, maria: User) -> None:
    assert starts(client, maria) == starts(client, maria, duration=60)
    assert starts(client, maria, duration=480) == ["09:00"]
    assert starts(client, maria, duration=5)[-1] == "16:30"


@pytest.mark.parametrize(
    ("status", "is_free"),
    [(Status.PENDING, False), (Status.CONFIRMED, False), (Status.CANCELLED, True), (Status.COMPLETED, True)],
)
def test_live_bookings_block_their_time(status: Status, is_free: bool, client: Client, maria: User, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"), status=status)
    assert ("10:00" in starts(client, maria)) is is_free


def test_the_buffer_counts_after_a_booking_and_after_the_new_one(
    client: Client, maria: User, morning: Availability, bob: User
) -> None:
    TeacherProfile.objects.update(buffer_minutes=15, slot_interval_minutes=15)
    maria = User.objects.get(id=maria.id)
    make_booking(bob, maria, start=at("10:00"), minutes=30)
    assert starts(client, maria, duration=30) == ["09:00", "09:15", "10:45", "11:00"]


def test_a_day_without_hours_has_no_slots(client: Client, maria: User) -> None:
    assert starts(client, maria, date="2025-01-16") == []


def test_hours_of_one_date_add_to_the_weekly_ones(client: Client, maria: User) -> None:
    make_hours(maria, start="18:00", end="19:00", date=dt.date(2025, 1, 15))
    assert "18:00" in starts(client, maria)
    assert "18:00" not in starts(client, maria, date="2025-01-22")


def test_time_off_is_left_out(client: Client, maria: User) -> None:
    TimeOff.objects.create(teacher=maria, start_time=at("00:00"), end_time=at("16:00"))
    assert starts(client, maria) == ["16:00"]


def test_the_past_is_left_out(alice: User, maria: User, api_for: Api) -> None:
    with time_machine.travel(at("14:45"), tick=False):
        client = api_for(alice)
        assert starts(client, maria, date="2025-01-15") == ["15:00", "15:30", "16:00"]
        assert starts(client, maria, date="2025-01-08") == []


def test_notice_and_horizon_bound_it(client: Client, maria: User) -> None:
    TeacherProfile.objects.update(minimum_notice_minutes=5 * 24 * 60, horizon_days=12)
    assert starts(client, maria)[0] == "12:00"
    assert starts(client, maria, date="2025-01-22")[-1] == "11:00"
    assert starts(client, maria, date="2025-01-29") == []


def test_several_days_are_returned_at_once(client: Client, maria: User) -> None:
    answer = ask(client, maria, end_date="2025-02-14", duration=480).json()
    assert (answer["date"], answer["end_date"]) == ("2025-01-15", "2025-02-14")
    assert [slot["datetime_start"][:10] for slot in answer["available_slots"]] == [
        "2025-01-15",
        "2025-01-22",
        "2025-01-29",
        "2025-02-05",
        "2025-02-12",
    ]


def test_the_clock_is_the_teachers_unless_another_is_asked_for(client: Client) -> None:
    teacher = make_teacher(timezone="Asia/Tokyo")
    make_hours(teacher, start="09:00", end="10:00")
    own, abroad = ask(client, teacher).json(), ask(client, teacher, timezone="America/New_York", date="2025-01-14")
    assert own["timezone"] == "Asia/Tokyo"
    assert own["available_slots"][0]["datetime_start"] == "2025-01-15T09:00:00"
    assert abroad.json()["available_slots"][0] == {
        "start_time": "19:00",
        "end_time": "20:00",
        "datetime_start": "2025-01-14T19:00:00",
        "datetime_end": "2025-01-14T20:00:00",
        "start": "2025-01-15T00:00:00Z",
        "end": "2025-01-15T01:00:00Z",
    }


def test_slots_around_a_clock_change(client: Client) -> None:
    teacher = make_teacher(timezone="America/New_York")
    make_hours(teacher, day_of_week=6, start="01:00", end="04:00")
    assert starts(client, teacher, date="2025-03-09") == ["01:00", "01:30", "03:00"]
    repeated = ask(client, teacher, date="2025-11-02").json()["available_slots"]
    assert [slot["datetime_start"] for slot in repeated][:4] == [
        "2025-11-02T01:00:00",
        "2025-11-02T01:30:00",
        "2025-11-02T01:00:00-05:00",
        "2025-11-02T01:30:00-05:00",
    ]


def test_every_slot_can_be_booked_as_it_is_given(client: Client, maria: User) -> None:
    for slot in ask(client, maria, duration=120).json()["available_slots"][::4]:
        wish = {"teacher_id": str(maria.id), "start_time": slot["datetime_start"], "duration": 120}
        answer = client.post("/api/bookings/bookings/", wish)
        assert (answer.status_code, answer.json()["start_time"]) == (201, slot["start"])


def test_slots_do_not_reveal_who_booked(client: Client, maria: User, bob: User) -> None:
    booking = make_booking(bob, maria, start=at("10:00"), notes="A secret")
    content = ask(client, maria).content.decode()
    assert not any(word in content for word in ("Bob", bob.email, "A secret", str(booking.id), str(bob.id)))


def test_unknown_ids_and_students_are_404(client: Client, bob: User) -> None:
    retired = make_teacher(is_active=False)
    for teacher_id in (uuid.uuid4(), bob.id, retired.id):
        answer = client.get(SLOTS, {"teacher_id": str(teacher_id), "date": "2025-01-15"})
        assert refused(answer, 404, "Teacher not found", "not_found")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"teacher_id": "abc"}, "teacher_id"),
        ({"teacher_id": ""}, "teacher_id"),
        ({"teacher_id": "\u00b2"}, "teacher_id"),
        ({"date": ""}, "date"),
        ({"date": "2025-02-30"}, "date"),
        ({"date": "15/01/2025"}, "date"),
        ({"date": "2025-W03-3"}, "date"),
        ({"date": "2025-01-15\x00"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"end_date": "2025-01-14"}, "end_date"),
        ({"end_date": "2025-02-15"}, "end_date"),
        ({"end_date": "9999-12-31"}, "end_date"),
        ({"duration": "4"}, "duration"),
        ({"duration": "481"}, "duration"),
        ({"duration": "1e2"}, "duration"),
        ({"duration": "9" * 5000}, "duration"),
        ({"duration": ""}, "duration"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "UTC\x00"}, "timezone"),
    ],
)
def test_it_refuses_a_bad_query(change: dict[str, str], field: str, client: Client, maria: User) -> None:
    answer = ask(client, maria, **change)
    assert (answer.status_code, answer.json()["code"], set(answer.json()["details"])) == (400, "invalid", {field})


@pytest.mark.parametrize("missing", ["teacher_id", "date"])
def test_teacher_and_date_are_required(missing: str, client: Client, maria: User) -> None:
    query = {"teacher_id": str(maria.id), "date": "2025-01-15"}
    del query[missing]
    answer = client.get(SLOTS, query)
    assert (answer.status_code, set(answer.json()["details"])) == (400, {missing})


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("date", ["2000-01-01", "2199-12-31", "2200-12-31"])
def test_the_ends_of_the_calendar_have_no_slots(date: str, zone: str, client: Client, maria: User) -> None:
    assert starts(client, maria, date=date, timezone=zone) == []
