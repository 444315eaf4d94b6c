"""accounts.supabase.users: listing users, looking for deleted ones, writing roles; over real sockets."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.authentication.claims import Claims
from accounts.supabase import users as supabase_admin
from accounts.supabase.client import COMMAND, PAGE, SupabaseNotConfigured, SupabaseUnavailable
from accounts.supabase.users import delete_user, gone, list_users, set_role
from testing.supabase_server import Call, SupabaseServer
from testing.threads import timers
from testing.zoom_server import Fault, Reply

USER_ID = uuid.UUID(int=7)
NOW = dt.datetime(2025, 1, 10, 12, tzinfo=dt.UTC)

# --- Listing ----------------------------------------------------------------------------------------------------------


def test_a_user_is_read_as_their_token_would_be(supabase: SupabaseServer) -> None:
    metadata = {"first_name": "Maria", "last_name": "Garcia", "role": "admin"}
    supabase.add(USER_ID, email="Maria@Example.com", app_metadata={"role": "teacher"}, user_metadata=metadata)
    [listed] = list_users(now=NOW)
    assert listed.claims == Claims(USER_ID, "maria@example.com", "teacher", "Maria", "Garcia", issued_at=NOW)
    assert listed.banned_until is None


@pytest.mark.parametrize(
    "fields",
    [{"is_anonymous": True}, {"role": "service_role"}, {"role": ""}, {"deleted_at": "2025-01-02T00:00:00Z"}],
    ids=["anonymous", "of the database", "without a role", "deleted"],
)
def test_users_who_cannot_sign_in_are_left_out(supabase: SupabaseServer, fields: dict[str, Any]) -> None:
    supabase.add(USER_ID, **fields)
    somebody = supabase.add()
    assert [listed.claims.user_id for listed in list_users(now=NOW)] == [somebody]


@pytest.mark.parametrize(
    ("until", "is_banned"),
    [
        (None, False),
        ("2025-01-10T12:00:00Z", False),
        ("2025-01-10T12:00:00.000000001Z", False),
        ("2025-01-10T12:00:01", True),
        ("2025-01-10T13:00:00+02:00", False),
        ("2124-12-17T11:00:00.123456789Z", True),
    ],
)
def test_a_ban_ends_at_its_time(supabase: SupabaseServer, until: str | None, is_banned: bool) -> None:
    supabase.add(banned_until=until)
    assert list_users(now=NOW)[0].is_banned(NOW) is is_banned


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6])
def test_it_reads_every_page(supabase: SupabaseServer, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE_SIZE", 3)
    ids = {supabase.add() for _ in range(count)}
    listed = [user.claims.user_id for user in list_users(now=NOW)]
    assert (set(listed), len(listed)) == (ids, count)


def test_a_server_that_gives_shorter_pages_is_read_to_its_end(supabase: SupabaseServer) -> None:
    supabase.most_per_page = 2
    ids = {supabase.add() for _ in range(5)}
    assert {user.claims.user_id for user in list_users(now=NOW)} == ids


def test_a_sign_up_between_two_pages_duplicates_no_user(
    supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE_SIZE", 3)
    ids = {supabase.add() for _ in range(7)}
    supabase.before = lambda call: supabase.add() if call.target == "2" else None
    listed = [user.claims.user_id for user in list_users(now=NOW)]
    assert (set(listed), len(listed)) == (ids, 7)


def test_a_server_that_repeats_a_page_forever_is_aborted(supabase: SupabaseServer) -> None:
    user = supabase.users[str(supabase.add())]
    supabase.fail(Fault(Reply(200, {"users": [user], "aud": "authenticated"})), "list")
    assert len(list_users(now=NOW)) == 1
    assert supabase.count("list") == 2


# --- Who is gone ------------------------------------------------------------------------------------------------------


def test_unknown_and_soft_deleted_users_are_gone(supabase: SupabaseServer) -> None:
    there, husk, nobody = supabase.add(), supabase.add(deleted_at="2025-01-02T00:00:00Z"), uuid.uuid4()
    assert gone([there, husk, nobody]) == [husk, nobody]


def test_a_404_of_another_server_does_not_mean_gone(supabase: SupabaseServer) -> None:
    supabase.fail(Fault(Reply(404, {"message": "no Route matched with those values"})), "get")
    with pytest.raises(SupabaseUnavailable):
        gone([USER_ID])


# --- Roles ------------------------------------------------------------------------------------------------------------


def test_it_writes_the_role_and_nothing_else(supabase: SupabaseServer) -> None:
    supabase.add(USER_ID, app_metadata={"provider": "email", "role": "student", "school": 5})
    assert set_role(USER_ID, {"role": "teacher"})
    assert supabase.users[str(USER_ID)]["app_metadata"] == {"provider": "email", "role": "teacher", "school": 5}
    assert supabase.calls == [Call("update", str(USER_ID), {"app_metadata": {"role": "teacher"}})]


def test_it_says_that_there_is_no_such_user(supabase: SupabaseServer) -> None:
    assert not set_role(USER_ID, {"role": "teacher"})


# --- Deleting ---------------------------------------------------------------------------------------------------------


def test_it_deletes_the_user_and_nobody_else(supabase: SupabaseServer) -> None:
    supabase.add(USER_ID)
    somebody = supabase.add()
    delete_user(USER_ID)
    assert list(supabase.users) == [str(somebody)]
    assert supabase.calls[0] == Call("delete", str(USER_ID), {"should_soft_delete": False})


def test_deleting_an_unknown_user_succeeds(supabase: SupabaseServer) -> None:
    delete_user(USER_ID)
    assert supabase.count("delete") == 1


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(403, {"code": "not_admin"}), "It refuses SUPABASE_SERVICE_ROLE_KEY (403 not_admin)."),
        (Reply(500, {"code": "unexpected_failure"}), "It answered with an error (500 unexpected_failure)."),
        (Reply(200, "<html>"), "It has not deleted the user."),
        (None, "It returned no usable response (AuthRetryableError)."),
    ],
)
def test_a_failed_deletion_raises(supabase: SupabaseServer, reply: Reply | None, sentence: str) -> None:
    supabase.add(USER_ID)
    supabase.fail(Fault(reply), "delete")
    with pytest.raises(SupabaseUnavailable) as failure:
        delete_user(USER_ID)
    assert sentence in str(failure.value)
    assert str(USER_ID) in supabase.users


# --- Failures ---------------------------------------------------------------------------------------------------------

ASK: dict[str, Callable[[], object]] = {
    "list": lambda: list_users(now=NOW),
    "get": lambda: gone([USER_ID]),
    "update": lambda: set_role(USER_ID, {"role": "teacher"}),
}


@pytest.mark.parametrize("operation", ASK)
@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(401, {"message": "Invalid API key"}), "It refuses SUPABASE_SERVICE_ROLE_KEY (401 None)."),
        (Reply(403, {"code": "not_admin"}), "It refuses SUPABASE_SERVICE_ROLE_KEY (403 not_admin)."),
        (Reply(429, {"code": "over_request_rate_limit"}), "(429 over_request_rate_limit)."),
        (Reply(500, {"code": "unexpected_failure"}), "It answered with an error (500 unexpected_failure)."),
        (Reply(503, "<html>"), "It returned no usable response (503)."),
        (Reply(302, "", {"Location": "https://elsewhere.invalid"}), "no usable response (AuthUnknownError)."),
        (Reply(200, "<html>"), "Its answer cannot be read at"),
        (Reply(200, []), "Its answer cannot be read at"),
        (None, "It returned no usable response (AuthRetryableError)."),
    ],
)
def test_a_failure_is_one_sentence_without_a_secret(
    supabase: SupabaseServer, operation: str, reply: Reply | None, sentence: str
) -> None:
    supabase.fail(Fault(reply), operation)
    with pytest.raises(SupabaseUnavailable) as failure:
        ASK[operation]()
    assert sentence in str(failure.value)
    assert "the-service-role-key" not in str(failure.value)
    assert supabase.count(operation) == 1


def test_the_error_for_a_malformed_user_names_the_field_without_data(supabase: SupabaseServer) -> None:
    supabase.add(email="maria@example.com", app_metadata=None)
    with pytest.raises(SupabaseUnavailable, match=r"^Its answer cannot be read at users\.0\.app_metadata\.$"):
        list_users(now=NOW)


def test_a_malformed_end_of_a_ban_is_an_outage(supabase: SupabaseServer) -> None:
    supabase.add(banned_until="for ever")
    with pytest.raises(SupabaseUnavailable, match="ValueError"):
        list_users(now=NOW)


@pytest.mark.parametrize("operation", ASK)
def test_a_silent_server_times_out(supabase: SupabaseServer, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE", PAGE._replace(seconds=0.1))
    monkeypatch.setattr(supabase_admin, "COMMAND", COMMAND._replace(wait=0.1))
    supabase.fail(Fault(hangs=True), operation)
    before = timers()
    with pytest.raises(SupabaseUnavailable, match="AuthRetryableError"):
        ASK[operation]()
    assert timers() <= before


def test_a_refused_connection_is_an_outage(supabase: SupabaseServer, settings: Settings) -> None:
    settings.SUPABASE_URL = "http://127.0.0.1:1"
    with pytest.raises(SupabaseUnavailable, match="AuthRetryableError"):
        list_users(now=NOW)


@pytest.mark.parametrize("url", ["http://", "http://[", "https://a b", "http://a:port"])
def test_an_unusable_url_is_an_outage(supabase: SupabaseServer, settings: Settings, url: str) -> None:
    settings.SUPABASE_URL = url
    with pytest.raises(SupabaseUnavailable):
        list_users(now=NOW)


def test_a_key_that_is_not_a_valid_header_does_not_leak(supabase: SupabaseServer, settings: Settings) -> None:
    settings.SUPABASE_SERVICE_ROLE_KEY = "geheimnisträger"
    with pytest.raises(SupabaseUnavailable) as failure:
        list_users(now=NOW)
    assert "geheim" not in str(failure.value)


@pytest.mark.parametrize("operation", ASK)
@pytest.mark.parametrize("name", ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"])
def test_no_request_is_sent_without_the_settings(
    supabase: SupabaseServer, settings: Settings, operation: str, name: str
) -> None:
    setattr(settings, name, "")
    with pytest.raises(SupabaseNotConfigured, match=r"^SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY must both be set\.$"):
        ASK[operation]()
    assert supabase.calls == []
