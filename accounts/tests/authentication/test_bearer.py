"""accounts.authentication.bearer: from the Authorization header to the account, as callers see it."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.authentication.dev_tokens import mint, payload
from accounts.factories import make_student
from accounts.models import User
from accounts.tests.conftest import KeyServer
from accounts.tests.signing import ec_key, key_set, public_jwk, sign_asymmetric

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ME = "/api/accounts/me/"
INVALID = {"error": "The token is invalid or has expired.", "code": "invalid_token"}


def test_it_makes_an_account_at_the_first_contact(client: Client) -> None:
    user_id = uuid.uuid4()
    token = mint(user_id=user_id, email="john@example.com", first_name="John", last_name="Doe")
    answer = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 200
    assert answer.json()["id"] == str(user_id)
    assert User.objects.get().role == "student"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer\t"])
def test_the_scheme_may_be_written_in_any_case(client: Client, scheme: str) -> None:
    token = mint(user_id=make_student().id)
    assert client.get(ME, HTTP_AUTHORIZATION=f"{scheme} {token}").status_code == 200


def test_a_known_caller_costs_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    student = make_student()
    token = mint(user_id=student.id, email=student.email)
    with django_assert_num_queries(1):
        assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("header", [None, "", " ", "Basic am9objpkb2U=", "Token abc", "bearerabc", "é"])
def test_a_call_without_a_bearer_token_is_asked_for_one(client: Client, header: str | None) -> None:
    answer = client.get(ME) if header is None else client.get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_authenticated"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer a b", "Bearer abc", "Bearer \xff\xfe", "Bearer \0", "Bearer é.é.é", "bearer " + "a" * 9000],
)
def test_every_bad_token_gets_the_same_answer(client: Client, caplog: pytest.LogCaptureFixture, header: str) -> None:
    caplog.set_level(logging.INFO)
    answer = client.get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json() == INVALID
    assert not User.objects.exists()
    assert [record for record in caplog.records if record.name.startswith("accounts")] == []


def test_the_debug_log_says_why_and_holds_no_token(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "accounts")
    token = mint(user_id=uuid.uuid4(), hours=-1)
    assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").json() == INVALID
    assert "A token was refused: It has expired." in caplog.text
    assert token not in caplog.text


def test_a_token_in_the_address_counts_for_nothing(client: Client) -> None:
    token = mint(user_id=make_student().id)
    answer = client.get(ME, {"token": token, "access_token": token})
    assert answer.status_code == 401


def test_an_inactive_account_is_refused_at_once(client: Client) -> None:
    token = mint(user_id=make_student(is_active=False).id)
    answer = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json() == {"error": "This account is not active.", "code": "account_inactive"}


def test_a_token_is_refused_once_it_has_expired(
    client: Client, now: dt.datetime, time_travel: Callable[[dt.datetime], object]
) -> None:
    header = f"Bearer {mint(user_id=make_student().id, hours=1)}"
    time_travel(now + dt.timedelta(minutes=60, seconds=29))
    assert client.get(ME, HTTP_AUTHORIZATION=header).status_code == 200
    time_travel(now + dt.timedelta(minutes=60, seconds=30))
    assert client.get(ME, HTTP_AUTHORIZATION=header).status_code == 401


def test_keys_out_of_reach_are_no_sign_out(client: Client, settings: Settings, key_server: KeyServer) -> None:
    settings.SUPABASE_URL = key_server.url
    key_server.status = 503
    token = sign_asymmetric(payload(user_id=uuid.uuid4()), kid="first")
    for _ in range(3):
        answer = client.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}")
        assert answer.status_code == 503
        assert answer.json()["code"] == "keys_unavailable"
        assert int(answer["Retry-After"]) >= 30
        assert "WWW-Authenticate" not in answer
    assert len(key_server.paths) == 1
    assert not User.objects.exists()


def test_known_keys_outlive_their_server_and_unknown_ones_ask_it_once(
    client: Client, settings: Settings, key_server: KeyServer
) -> None:
    settings.SUPABASE_URL = key_server.url
    content = payload(user_id=uuid.uuid4())

    def status(kid: str) -> int:
        return client.get(ME, HTTP_AUTHORIZATION=f"Bearer {sign_asymmetric(content, kid=kid)}").status_code

    assert status("first") == 200
    key_server.status = 500
    key_server.body = key_set(public_jwk(ec_key("other"), "first"))
    assert status("first") == 200
    assert {status(f"unknown {number}") for number in range(20)} == {401}
    assert len(key_server.paths) == 1
