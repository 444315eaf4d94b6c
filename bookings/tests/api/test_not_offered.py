"""GET /api/bookings/slots/available/?explain=true: why the other times are not offered, and that it is true."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
import time_machine

from accounts.factories import make_teacher
from accounts.models import TeacherProfile, User
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, TimeOff
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.slot_parts import ask
from bookings.tests.statements import at_most
from conftest import Client

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    return api_for(alice)


def explain(client: Client, teacher: User, **query: Any) -> Any:
    return ask(client, teacher, explain="true", **query)


def reasons(client: Client, teacher: User, **query: Any) -> dict[str, str]:
    """The reason for each start that is not offered."""
    return {
        refusal["datetime_start"][11:16]: refusal["reason"]
        for refusal in explain(client, teacher, **query).json()["not_offered"]
    }


def test_each_other_start_of_the_day_has_its_reason(client: Client, maria: User, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"), minutes=30)
    answer = explain(client, maria)
    assert answer.status_code == 200
    body = answer.json()
    assert body["available_slots"] == ask(client, maria).json()["available_slots"]
    starts = [slot["start_time"] for slot in [*body["available_slots"], *body["not_offered"]]]
    assert sorted(starts) == [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")]
    told = [refusal for refusal in body["not_offered"] if refusal["reason"] != "outside_hours"]
    assert [refusal["start_time"] for refusal in told] == ["09:30", "10:00"]
    assert told[0] == {
        "start_time": "09:30",
        "end_time": "10:30",
        "datetime_start": "2025-01-15T09:30:00",
        "datetime_end": "2025-01-15T10:30:00",
        "start": "2025-01-15T09:30:00Z",
        "end": "2025-01-15T10:30:00Z",
        "reason": "booked",
        "message": "The teacher has another session then.",
    }


@pytest.mark.parametrize("word", [{}, {"explain": "false"}, {"explain": "0"}])
def test_without_explain_there_are_no_reasons(word: dict[str, str], client: Client, maria: User) -> None:
    assert "not_offered" not in ask(client, maria, **word).json()


def test_every_reason_is_shown(client: Client, maria: User, bob: User, api_for: Api) -> None:
    TeacherProfile.objects.update(buffer_minutes=30, minimum_notice_minutes=4 * 24 * 60 + 22 * 60, horizon_days=5)
    TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at("11:00"), reason="Dentist")
    make_hours(maria, start="08:00", end="09:00", date=dt.date(2025, 1, 15))
    maria = User.objects.get(id=maria.id)
    make_booking(bob, maria, start=at("11:30"), minutes=30)
    # At noon of the 10th: a session begins at ten of the 15th at the earliest, and ends at noon at the latest.
    assert {start: reason for start, reason in reasons(client, maria, duration=30).items() if "07" < start < "13"} == {
        "07:00": "outside_hours",
        "07:30": "outside_hours",
        "08:00": "notice",
        "08:30": "notice",
        "09:00": "notice",
        "09:30": "notice",
        "10:00": "time_off",
        "10:30": "time_off",
        "11:00": "buffer",
        "11:30": "booked",
        "12:00": "horizon",
        "12:30": "horizon",
    }
    with time_machine.travel(at("10:00"), tick=False):
        answer = reasons(api_for(bob), maria, duration=30)
        assert (answer["09:30"], answer["10:00"]) == ("past", "notice")


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED])
def test_it_does_not_reveal_whether_a_session_is_confirmed(
    status: Status, client: Client, maria: User, bob: User
) -> None:
    booking = make_booking(bob, maria, start=at("10:00"), status=status, notes="A secret")
    TimeOff.objects.create(teacher=maria, start_time=at("12:00"), end_time=at("13:00"), reason="Surgery")
    content = explain(client, maria).content.decode()
    secrets = ("Bob", bob.email, "A secret", "Surgery", str(booking.id), str(bob.id), "PENDING", "CONFIRMED")
    assert not any(word.lower() in content.lower() for word in secrets)
    assert Counter(refusal["reason"] for refusal in explain(client, maria).json()["not_offered"])["booked"] == 3


def test_a_day_without_hours_lies_outside_of_them(client: Client, maria: User) -> None:
    assert set(reasons(client, maria, date="2025-01-16").values()) == {"outside_hours"}


def test_past_times_have_the_reason_past(client: Client, maria: User) -> None:
    answer = reasons(client, maria, date="2025-01-08")
    assert (len(answer), set(answer.values())) == (48, {"past"})


def test_beyond_the_horizon_times_outside_hours_are_still_distinguished(client: Client, maria: User) -> None:
    answer = reasons(client, maria, date="2027-01-13")
    assert (answer["08:30"], answer["09:00"]) == ("outside_hours", "horizon")


def test_a_window_with_another_grid_keeps_its_own_starts(client: Client, maria: User) -> None:
    Availability.objects.update(start_time=dt.time(9, 10), end_time=dt.time(10, 50))
    body = explain(client, maria).json()
    assert [slot["start_time"] for slot in body["available_slots"]] == ["09:10", "09:40"]
    # At half past nine a session can be booked, though nobody offers it: it is in neither list.
    around = [refusal["start_time"] for refusal in body["not_offered"] if "09" <= refusal["start_time"] < "11"]
    assert around == ["09:00", "10:00", "10:10", "10:30", "10:40"]


def test_the_next_days_hours_are_not_asked_about(client: Client, maria: User) -> None:
    make_hours(maria, day_of_week=3, start="00:00", end="02:00")
    body = explain(client, maria).json()
    starts = [session["datetime_start"] for session in [*body["available_slots"], *body["not_offered"]]]
    assert max(starts) == "2025-01-15T23:30:00"


def test_the_days_are_those_of_the_zone_that_is_asked_for(client: Client, maria: User) -> None:
    body = explain(client, maria, timezone="Asia/Kathmandu").json()
    assert body["not_offered"][0]["datetime_start"] == "2025-01-15T00:00:00"
    assert body["not_offered"][-1]["datetime_start"] == "2025-01-15T23:30:00"


@pytest.mark.parametrize(("date", "starts"), [("2025-03-09", 46), ("2025-11-02", 50)])
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(date: str, starts: int, client: Client) -> None:
    teacher = make_teacher(timezone="America/New_York")
    refusals = explain(client, teacher, date=date).json()["not_offered"]
    assert len({refusal["datetime_start"] for refusal in refusals}) == len(refusals) == starts


def test_a_date_that_the_zone_skipped_has_no_times(client: Client, maria: User) -> None:
    body = explain(client, maria, date="2011-12-30", timezone="Pacific/Apia").json()
    assert (body["available_slots"], body["not_offered"]) == ([], [])


@pytest.mark.parametrize("date", ["2000-01-01", "2200-12-31"])
def test_the_ends_of_the_calendar_are_explained_too(date: str, client: Client, maria: User) -> None:
    assert len(reasons(client, maria, date=date)) == 48


def test_a_week_by_the_finest_grid_stays_bounded(client: Client, maria: User) -> None:
    TeacherProfile.objects.update(slot_interval_minutes=5)
    answer = explain(client, maria, end_date="2025-01-21", duration=5)
    body = answer.json()
    assert len(body["available_slots"]) + len(body["not_offered"]) == 7 * 24 * 12
    assert len(answer.content) < 700_000


def test_more_than_a_week_is_not_explained(client: Client, maria: User) -> None:
    answer = explain(client, maria, end_date="2025-01-22")
    assert refused(answer, 400, "end_date: At most 7 days can be asked for at once.", "invalid")
    assert ask(client, maria, end_date="2025-02-14").status_code == 200


@pytest.mark.parametrize("query", [{}, {"explain": "true"}, {"explain": "true", "end_date": "2025-01-21"}])
def test_explaining_costs_no_more_queries(query: dict[str, str], client: Client, maria: User) -> None:
    ask(client, maria)
    with at_most(3):
        assert ask(client, maria, **query).status_code == 200


@pytest.mark.parametrize("word", ["perhaps", "", "2"])
def test_it_refuses_a_value_that_is_not_boolean(word: str, client: Client, maria: User) -> None:
    answer = ask(client, maria, explain=word)
    assert refused(answer, 400, "explain: Must be a valid boolean.", "invalid")
    assert set(answer.json()["details"]) == {"explain"}


def test_a_request_is_refused_for_the_reason_shown(client: Client, maria: User, bob: User) -> None:
    make_booking(bob, maria, start=at("10:00"))
    TimeOff.objects.create(teacher=maria, start_time=at("13:00"), end_time=at("14:00"))
    body = explain(client, maria).json()
    with nothing_changes():
        for refusal in body["not_offered"]:
            answer = client.post(BOOKINGS, wish(maria, refusal["datetime_start"]))
            assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert client.post(BOOKINGS, wish(maria, body["available_slots"][0]["datetime_start"])).status_code == 201
