"""rag_app.http.throttling: how often an account and an address may ask, and how the rest is refused."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from pytest_django import Settings

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking, TimeOff
from bookings.states import Status
from conftest import NOW, Client
from rag_app.http import counters
from rag_app.http.counters import Hit, Limit
from rag_app.http.throttling import PER_ACCOUNT, PER_ADDRESS
from rag_app.tests.throttling_parts import few as few
from rag_app.tests.throttling_parts import is_throttled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("few")]

ME, TEACHERS, TIME_OFF = "/api/accounts/me/", "/api/accounts/teachers/", "/api/bookings/time-off/"
SLOTS = "/api/bookings/slots/available/"
WEBHOOK, LOGIN = "/api/bookings/zoom/webhook/", "/admin/login/"
ABSENCE = {"start_time": "2025-01-15T09:00:00Z", "end_time": "2025-01-15T12:00:00Z"}
HERE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7"}
THERE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.8"}

Api = Callable[[User | None], Client]
# As they are outside of these tests.
REAL_ACCOUNT, REAL_ADDRESS = dict(PER_ACCOUNT), dict(PER_ADDRESS)


@pytest.fixture
def alice() -> User:
    return make_student(first_name="Alice")


@pytest.fixture
def maria() -> User:
    return make_teacher(first_name="Maria")


def test_reading_has_a_limit(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    assert [client.get(ME).status_code for _ in range(5)] == [200] * 5
    assert is_throttled(client.get(ME))
    assert is_throttled(client.get(TEACHERS))


def test_each_response_has_the_accounts_limit_and_the_remaining_requests(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    told = [client.get(ME).headers["RateLimit"] for _ in range(7)]
    assert told == [f'"read";r={left};t=60' for left in (4, 3, 2, 1, 0, 0, 0)]
    answer = client.patch(ME, {"first_name": "Alicia"})
    assert (answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]) == ('"write";q=3;w=60', '"write";r=2;t=60')


def test_responses_without_an_account_have_no_limit_headers(api_for: Api) -> None:
    assert "RateLimit" not in api_for(None).get(ME).headers


def test_limits_reset_every_minute(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    for _ in range(6):
        client.get(ME)
    with time_machine.travel(NOW + dt.timedelta(seconds=59), tick=False):
        assert is_throttled(client.get(ME), 1)
    with time_machine.travel(NOW + dt.timedelta(seconds=59.999), tick=False):
        assert is_throttled(client.get(ME), 1)
    with time_machine.travel(NOW + dt.timedelta(seconds=60), tick=False):
        assert client.get(ME).status_code == 200


def test_writes_have_a_limit_of_their_own_and_a_refused_one_has_no_effect(maria: User, api_for: Api) -> None:
    client = api_for(maria)
    absences = [ABSENCE | {"end_time": f"2025-01-15T{hour}:00:00Z"} for hour in (10, 11, 13)]
    assert [client.post(TIME_OFF, absence).status_code for absence in absences] == [201] * 3
    assert is_throttled(client.post(TIME_OFF, ABSENCE))
    assert is_throttled(client.patch(ME, {"first_name": "Another"}))
    assert TimeOff.objects.count() == 3
    assert User.objects.get().first_name == "Maria"
    assert client.get(ME).status_code == 200


def test_requests_refused_for_the_role_count_too(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    assert [client.post(TIME_OFF, ABSENCE).status_code for _ in range(3)] == [403] * 3
    assert is_throttled(client.post(TIME_OFF, ABSENCE))
    assert client.get(ME).status_code == 200


def test_explaining_slots_has_a_limit_of_its_own(alice: User, maria: User, api_for: Api) -> None:
    client, asked = api_for(alice), {"teacher_id": str(maria.id), "date": "2025-01-15"}
    told = [client.get(SLOTS, asked | {"explain": "true"}) for _ in range(3)]
    assert [answer.status_code for answer in told] == [200, 200, 429]
    assert told[0].headers["RateLimit-Policy"] == '"explain";q=2;w=60'
    assert client.get(SLOTS, asked).status_code == 200


def test_confirming_has_a_limit_of_its_own_and_zoom_is_not_called(maria: User, alice: User, api_for: Api) -> None:
    bookings = [make_booking(alice, maria, start=dt.datetime(2025, 1, 15, hour, tzinfo=dt.UTC)) for hour in (9, 11, 13)]
    answers = [api_for(maria).post(f"/api/bookings/bookings/{booking.id}/confirm/") for booking in bookings]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert is_throttled(answers[2])
    assert Booking.objects.get(pk=bookings[2].pk).status == Status.PENDING
    assert api_for(maria).post(TIME_OFF, ABSENCE).status_code == 201


def test_exporting_has_the_lowest_limit_and_reading_is_unaffected(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    assert client.get(f"{ME}export/").status_code == 200
    assert is_throttled(client.get(f"{ME}export/"))
    assert client.get(ME).status_code == 200


def test_a_neighbour_at_the_same_address_is_not_refused(alice: User, maria: User, api_for: Api) -> None:
    for _ in range(6):
        api_for(alice).get(ME, **HERE)
    assert api_for(maria).get(ME, **HERE).status_code == 200


def test_all_of_one_address_share_its_limit(api_for: Api) -> None:
    people = [make_student() for _ in range(3)]
    answers = [api_for(person).get(ME, **HERE) for person in people for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 9
    assert is_throttled(api_for(make_student()).get(ME, **HERE))
    assert api_for(people[0]).get(ME, **THERE).status_code == 200


def test_one_account_over_its_limit_does_not_affect_its_address(alice: User, maria: User, api_for: Api) -> None:
    """Nine may come from here: five of Alice's are answered, however often she asks, and four are left."""
    assert [api_for(alice).get(ME, **HERE).status_code for _ in range(30)] == [200] * 5 + [429] * 25
    assert [api_for(maria).get(ME, **HERE).status_code for _ in range(5)] == [200] * 4 + [429]


def test_an_accounts_limit_applies_at_all_addresses(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    for number in range(5):
        assert client.get(ME, REMOTE_ADDR=f"203.0.113.{number}").status_code == 200
    assert is_throttled(client.get(ME, REMOTE_ADDR="203.0.113.99"))


# --- Tokens -----------------------------------------------------------------------------------------------------------


def test_too_many_bad_tokens_get_429_and_good_ones_are_unaffected(alice: User, api_for: Api) -> None:
    stranger = Client(raise_request_exception=False)
    answers = [stranger.get(ME, HTTP_AUTHORIZATION="Bearer nonsense", **HERE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert is_throttled(answers[2])
    assert "WWW-Authenticate" not in answers[2].headers
    assert api_for(alice).get(ME, **HERE).status_code == 200
    assert stranger.get(ME, HTTP_AUTHORIZATION="Bearer nonsense", **THERE).status_code == 401


def test_tokens_that_have_run_out_and_closed_accounts_count_too(alice: User, api_for: Api) -> None:
    User.objects.update(is_active=False)
    assert [api_for(alice).get(ME).status_code for _ in range(3)] == [401, 401, 429]


def test_no_token_at_all_is_always_401(api_for: Api) -> None:
    answers = [api_for(None).get(ME) for _ in range(20)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "not_authenticated")}


def test_keys_hold_neither_token_nor_email(alice: User, api_for: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    class Watched(counters.MemoryCounters):
        def hit(self, limits: Sequence[Limit], *, now: float) -> Hit:
            keys.extend(key for key, _ in limits)
            return super().hit(limits, now=now)

    monkeypatch.setattr("rag_app.http.throttling.counters", Watched)
    api_for(alice).get(ME)
    Client(raise_request_exception=False).get(ME, HTTP_AUTHORIZATION=f"Bearer {mint(user_id=alice.id, email='x')}x")
    assert keys == [f"read:{alice.id}", "any:127.0.0.1", "bad token:127.0.0.1"]


# --- Without an account -----------------------------------------------------------------------------------------------


def test_the_webhook_has_a_limit_for_each_address(api_for: Api) -> None:
    answers = [api_for(None).post(WEBHOOK, {}, **HERE) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert is_throttled(answers[3])
    assert api_for(None).post(WEBHOOK, {}, **THERE).status_code == 401


def test_the_webhook_does_not_count_for_people_at_its_address(alice: User, api_for: Api) -> None:
    for _ in range(20):
        api_for(None).post(WEBHOOK, {}, **HERE)
    assert api_for(alice).get(ME, **HERE).status_code == 200


def test_signing_in_to_the_admin_has_a_limit_over_all_names(now: dt.datetime) -> None:
    answers = [Browser(**HERE).post(LOGIN, {"username": f"{n}@example.com", "password": "x"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Please try again in 1 minute." in answers[2].content.decode()
    assert answers[2].headers["Retry-After"] == "60"
    assert Browser(**HERE).get(LOGIN).status_code == 200
    assert Browser(**THERE).post(LOGIN, {"username": "x@example.com", "password": "x"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/nowhere"])
def test_requests_that_reach_no_view_are_never_counted(path: str, alice: User, api_for: Api) -> None:
    for _ in range(20):
        assert api_for(alice).get(path, **HERE).status_code in (200, 404)
    assert api_for(alice).get(ME, **HERE).status_code == 200


def test_preflights_are_never_counted(alice: User, api_for: Api, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [origin := "https://app.example.com"]
    asked: dict[str, Any] = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET", **HERE}
    for _ in range(20):
        answer = Browser().options(ME, **asked)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert api_for(alice).get(ME, **HERE).status_code == 200


# --- Off, and away ----------------------------------------------------------------------------------------------------


def test_it_can_be_turned_off(alice: User, api_for: Api, settings: Settings) -> None:
    settings.THROTTLE_ENABLED = False
    assert {api_for(alice).get(ME).status_code for _ in range(20)} == {200}
    bad = [Client().get(ME, HTTP_AUTHORIZATION="Bearer nonsense").status_code for _ in range(20)]
    assert set(bad) == {401}


def test_without_redis_nobody_is_refused(alice: User, api_for: Api, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert {api_for(alice).get(ME).status_code for _ in range(20)} == {200}


def test_limits_are_highest_for_reads_and_lowest_for_confirming() -> None:
    assert REAL_ACCOUNT["read"] > REAL_ACCOUNT["write"] > REAL_ACCOUNT["confirm"]
    # A class room of thirty at one address.
    assert REAL_ADDRESS["any"] >= 30 * 30
    # Whose tokens have all run out.
    assert REAL_ADDRESS["bad token"] >= 30 * 6
