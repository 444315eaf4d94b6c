"""Signing in to the admin by Supabase: the second factor, the captcha, and how long the session lasts."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from pytest_django import Settings

from accounts.factories import make_teacher
from accounts.models import User
from accounts.supabase import client as supabase_client
from accounts.tests.admin_client import AdminClient
from testing.dripping import dripping
from testing.supabase_server import SupabaseServer
from testing.zoom_server import Fault

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PASSWORD, CODE = "a-password-at-supabase", "123456"
Travel = Callable[[dt.datetime], object]


@pytest.fixture
def maria(supabase: SupabaseServer) -> User:
    teacher = make_teacher(email="maria@example.com")
    supabase.add(teacher.id, email=teacher.email, app_metadata={"role": "teacher"})
    supabase.set_password(teacher.id, PASSWORD)
    return teacher


def sign_in(client: Client, code: str = "", password: str = PASSWORD) -> Any:
    words = {"username": "maria@example.com", "password": password, "code": code, "next": "/admin/"}
    return client.post("/admin/login/", words)


def is_in(client: Client) -> bool:
    return client.get("/admin/records/").status_code == 200


def told(page: Any) -> list[str]:
    return list(page.context["form"].non_field_errors())


# --- The second factor ------------------------------------------------------------------------------------------------


def test_without_a_second_factor_no_code_is_asked_for(maria: User, supabase: SupabaseServer, client: Client) -> None:
    supabase.enroll(maria.id, CODE, status="unverified")
    assert sign_in(client).status_code == 302
    assert is_in(client)
    assert supabase.count("verify") == 0


def test_an_authenticator_app_is_asked_for_its_code(maria: User, supabase: SupabaseServer, client: Client) -> None:
    supabase.enroll(maria.id, CODE)
    page = sign_in(client)
    assert told(page) == ["Please enter your password again, with the code that your authenticator app shows now."]
    assert not is_in(client)
    assert not AccessAttempt.objects.exists(), "nothing was wrong"
    assert 'autocomplete="one-time-code"' in page.content.decode()
    sign_in(client, f" {CODE} ")
    assert is_in(client)


def test_a_wrong_code_counts_as_a_failed_sign_in(maria: User, supabase: SupabaseServer, client: Client) -> None:
    supabase.enroll(maria.id, CODE)
    pages = [sign_in(client, "654321") for _ in range(5)]
    assert [page.status_code for page in pages] == [200] * 4 + [429]
    assert "and the code that your authenticator app shows now" in told(pages[0])[0]
    assert sign_in(client, CODE).status_code == 429
    assert "654321" not in str(AccessAttempt.objects.values())
    assert not is_in(client)


def test_a_code_with_a_wrong_password_is_refused(maria: User, supabase: SupabaseServer, client: Client) -> None:
    supabase.enroll(maria.id, CODE)
    sign_in(client, CODE, password="wrong")
    assert supabase.count("verify") == 0
    assert not is_in(client)


def test_an_unsupported_kind_of_factor_is_refused(maria: User, supabase: SupabaseServer, client: Client) -> None:
    supabase.enroll(maria.id, CODE, kind="phone")
    assert told(sign_in(client, CODE))[0].startswith("Your account has a second factor that this page cannot ask for.")
    assert not is_in(client)


def test_the_second_factor_may_be_required(
    maria: User, supabase: SupabaseServer, client: Client, settings: Settings
) -> None:
    settings.ADMIN_SECOND_FACTOR_REQUIRED = True
    assert told(sign_in(client))[0].startswith("This site asks for a second factor.")
    assert not is_in(client)
    supabase.enroll(maria.id, CODE)
    sign_in(client, CODE)
    assert is_in(client)


def test_a_session_without_a_factor_ends_once_one_is_required(
    maria: User,
    supabase: SupabaseServer,
    client: Client,
    settings: Settings,
    now: dt.datetime,
    time_travel: Travel,
) -> None:
    strong = Client()
    sign_in(client)
    supabase.enroll(maria.id, CODE)
    sign_in(strong, CODE)
    settings.ADMIN_SECOND_FACTOR_REQUIRED = True
    time_travel(now + dt.timedelta(minutes=10))
    assert (is_in(client), is_in(strong)) == (False, True)


# --- Not a wrong password ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("maria")
def test_a_required_captcha_is_a_configuration_error_and_not_a_failed_attempt(
    supabase: SupabaseServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    supabase.asks_for_captcha = True
    pages = [sign_in(client) for _ in range(7)]
    assert {page.status_code for page in pages} == {503}
    assert "because the project asks for a captcha. Your password is not wrong." in told(pages[0])[0]
    assert not AccessAttempt.objects.exists()
    assert "The project asks for a captcha, which the admin's sign-in page cannot show." in caplog.text


@pytest.mark.usefixtures("maria")
def test_an_endless_response_is_an_outage_and_is_not_read_into_memory(client: Client, settings: Settings) -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with dripping(start, chunk, flood=True) as server:
        settings.SUPABASE_URL = server.address
        assert sign_in(client).status_code == 503
    assert server.sent < 32 * 1024 * 1024


@pytest.mark.usefixtures("maria")
def test_a_slow_response_is_aborted_at_the_deadline(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_client, "PAGE", supabase_client.PAGE._replace(seconds=0.3))
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n") as server:
        settings.SUPABASE_URL = server.address
        assert sign_in(client).status_code == 503


# --- The session ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("supabase")
def test_a_session_ends_after_twelve_hours_even_if_it_is_used(
    now: dt.datetime, time_travel: Travel, maria: User
) -> None:
    client = AdminClient(maria)
    for hours in range(12):
        time_travel(now + dt.timedelta(hours=hours, minutes=59))
        client.get("/admin/")
        client.session.save()
    assert is_in(client)
    time_travel(now + dt.timedelta(hours=12, seconds=1))
    assert not is_in(client)


@pytest.mark.usefixtures("maria")
def test_the_supabase_session_is_refreshed_every_ten_minutes(
    supabase: SupabaseServer, client: Client, now: dt.datetime, time_travel: Travel
) -> None:
    sign_in(client)
    supabase.calls.clear()
    for minutes in (1, 9, 10, 11, 19, 20):
        time_travel(now + dt.timedelta(minutes=minutes))
        assert is_in(client)
    assert [call.target for call in supabase.calls] == ["refresh_token"] * 2


@pytest.mark.parametrize(
    "ends",
    [
        lambda supabase, user_id: supabase.set_password(user_id, "another"),
        lambda supabase, user_id: supabase.change(user_id, banned_until="2124-12-17T11:00:00Z"),
        lambda supabase, user_id: supabase.users.pop(str(user_id)),
    ],
    ids=["password changed", "banned", "deleted"],
)
def test_a_session_ends_with_the_supabase_session(
    ends: Callable[..., object],
    maria: User,
    supabase: SupabaseServer,
    client: Client,
    now: dt.datetime,
    time_travel: Travel,
) -> None:
    sign_in(client)
    ends(supabase, maria.id)
    time_travel(now + dt.timedelta(minutes=10))
    assert not is_in(client)


def test_a_role_that_changes_at_supabase_reaches_the_session(
    maria: User, supabase: SupabaseServer, client: Client, now: dt.datetime, time_travel: Travel
) -> None:
    sign_in(client)
    supabase.change(maria.id, app_metadata={"role": "student"})
    time_travel(now + dt.timedelta(minutes=10))
    client.get("/admin/")
    assert not is_in(client)


@pytest.mark.usefixtures("maria")
def test_sessions_survive_an_outage_of_supabase(
    supabase: SupabaseServer, client: Client, now: dt.datetime, time_travel: Travel, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client)
    supabase.fail(Fault(None), "token")
    time_travel(now + dt.timedelta(minutes=10))
    assert is_in(client)
    told = [record for record in caplog.records if record.name == "accounts.sign_in.session"]
    assert [record.levelno for record in told] == [logging.WARNING]
    supabase.recover()
    time_travel(now + dt.timedelta(minutes=20))
    assert is_in(client)


@pytest.mark.usefixtures("maria")
def test_the_refresh_token_is_stored_encrypted(
    supabase: SupabaseServer, client: Client, now: dt.datetime, time_travel: Travel
) -> None:
    sign_in(client)
    [secret] = supabase._sessions
    stored = client.session["supabase_refresh_token"]
    assert secret not in str(dict(client.session.items()))
    session = client.session
    session["supabase_refresh_token"] = stored[:-4] + "AAAA"
    session.save()
    time_travel(now + dt.timedelta(minutes=10))
    assert not is_in(client), "nobody renews what was tampered with"


def test_a_superuser_with_a_local_password_needs_no_supabase(
    supabase: SupabaseServer, client: Client, root: User, now: dt.datetime, time_travel: Travel
) -> None:
    client.post("/admin/login/", {"username": root.email, "password": "a long pass phrase", "next": "/admin/"})
    time_travel(now + dt.timedelta(hours=1))
    assert is_in(client)
    assert supabase.calls == []
