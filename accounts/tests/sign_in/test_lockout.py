"""The admin's sign-in and django-axes: who fails five times is shut out for a quarter of an hour, and nobody else."""

import datetime as dt
import logging
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth import authenticate
from django.test import Client

from accounts import backends
from accounts.authentication.claims import Claims
from accounts.factories import make_teacher
from accounts.models import User
from accounts.sign_in import lockout
from accounts.supabase.client import Session, SupabaseUnavailable
from accounts.tests.admin_client import AdminClient, told
from conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ROOT, PASSWORD = "root@example.com", "a long pass phrase"
MARIA = "maria@example.com"
LIST, CHOSEN = "accounts/failedsignin/", "_selected_action"
HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def root() -> User:
    return User.objects.create_superuser(ROOT, PASSWORD)


@pytest.fixture(autouse=True)
def maria(monkeypatch: pytest.MonkeyPatch) -> User:
    """A teacher, whose password Supabase knows."""
    teacher = make_teacher(email=MARIA)
    session = Session(Claims(teacher.id, MARIA, None, "", ""), "")
    known = (MARIA, PASSWORD, "")
    monkeypatch.setattr(backends, "sign_in", lambda *words: session if words == known else None)
    return teacher


def try_to_enter(name: str, password: str, address: str = HERE, **headers: Any) -> Any:
    return Client(REMOTE_ADDR=address, **headers).post(
        "/admin/login/", {"username": name, "password": password, "next": "/admin/"}
    )


def fail(name: str, times: int, **more: Any) -> list[int]:
    return [try_to_enter(name, "wrong", **more).status_code for _ in range(times)]


@pytest.mark.parametrize("name", [ROOT, MARIA, "nobody@example.com"])
def test_the_fifth_failure_locks_out_any_name(name: str) -> None:
    assert fail(name, 7) == [200] * 4 + [429] * 3


@pytest.mark.parametrize("name", [ROOT, MARIA])
def test_a_locked_out_name_is_refused_with_the_right_password(name: str) -> None:
    fail(name, 5)
    page = try_to_enter(name, PASSWORD)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "900")
    assert "Please try again in 15 minutes." in page.content.decode()
    assert "sessionid" not in page.cookies


def test_during_a_lockout_the_password_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(MARIA, 5)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(backends, "sign_in", lambda *pair: asked.append(pair))
    try_to_enter(MARIA, PASSWORD)
    assert asked == []


@pytest.mark.parametrize("name", [ROOT, MARIA])
def test_a_success_resets_the_failures(name: str) -> None:
    fail(name, 4)
    assert try_to_enter(name, PASSWORD).status_code == 302
    assert not AccessAttempt.objects.exists()
    assert fail(name, 4) == [200] * 4


def test_the_lockout_ends_after_15_minutes_even_with_further_attempts() -> None:
    fail(ROOT, 5)
    with time_machine.travel(NOW + dt.timedelta(minutes=14), tick=False):
        assert fail(ROOT, 3) == [429] * 3
    with time_machine.travel(NOW + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert try_to_enter(ROOT, PASSWORD).status_code == 302


def test_a_lockout_applies_only_to_its_address_and_name() -> None:
    fail(ROOT, 5, address=HERE)
    assert try_to_enter(ROOT, PASSWORD, address=THERE).status_code == 302
    assert try_to_enter(MARIA, PASSWORD, address=HERE).status_code == 302


@pytest.mark.parametrize("name", ["ROOT@example.com", " root@example.com ", "Root@Example.Com"])
def test_other_spellings_of_a_name_count_together(name: str) -> None:
    fail(ROOT, 4)
    assert fail(name, 1) == [429]
    assert try_to_enter(ROOT, PASSWORD).status_code == 429


def test_another_browser_or_a_forged_header_does_not_reset_the_count() -> None:
    for number in range(4):
        try_to_enter(ROOT, "wrong", HTTP_USER_AGENT=f"Browser {number}", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}")
    assert fail(ROOT, 1) == [429]


def test_signed_in_people_are_not_disturbed(root: User) -> None:
    client = AdminClient(root)
    fail(ROOT, 5, address="127.0.0.1")
    assert client.page("records/").redirect_chain == []


def test_of_a_failed_sign_in_only_name_and_address_are_stored(caplog: pytest.LogCaptureFixture) -> None:
    try_to_enter(ROOT, "the-wrong-password")
    [attempt] = AccessAttempt.objects.values()
    assert (attempt["username"], attempt["ip_address"]) == (ROOT, HERE)
    assert "the-wrong-password" not in str(attempt)
    assert "the-wrong-password" not in caplog.text
    assert ROOT not in caplog.text
    try_to_enter(ROOT, PASSWORD)
    assert not AccessLog.objects.exists()


# --- In the admin -----------------------------------------------------------------------------------------------------


def unlock(client: AdminClient, attempt: AccessAttempt) -> Any:
    return client.send(LIST, action="unlock", **{CHOSEN: str(attempt.pk)})


def test_superusers_unlock_a_name_early(root: User) -> None:
    fail(MARIA, 5)
    client, attempt = AdminClient(root), AccessAttempt.objects.get()
    page = client.page(LIST)
    assert MARIA in page.content.decode()
    assert "Failed sign-ins" in page.content.decode()
    assert told(unlock(client, attempt)) == [f"Unlocked: {MARIA} from {HERE}."]
    assert try_to_enter(MARIA, PASSWORD).status_code == 302


def test_unlocking_resets_failures_from_all_browsers_for_that_name_only(root: User) -> None:
    for number in range(5):
        try_to_enter(MARIA, "wrong", HTTP_USER_AGENT=f"Browser {number}")
    fail(MARIA, 5, address=THERE)
    fail(ROOT, 5)
    unlock(AdminClient(root), AccessAttempt.objects.filter(username=MARIA, ip_address=HERE)[0])
    assert try_to_enter(MARIA, PASSWORD).status_code == 302
    assert try_to_enter(MARIA, PASSWORD, address=THERE).status_code == 429
    assert try_to_enter(ROOT, PASSWORD).status_code == 429


@pytest.mark.parametrize("page", ["", "add/", "{}/change/", "{}/delete/"])
def test_teachers_cannot_see_failed_sign_ins(page: str, maria: User) -> None:
    fail(ROOT, 5)
    attempt = AccessAttempt.objects.get()
    client = AdminClient(maria)
    path = f"/admin/{LIST}{page.format(attempt.pk)}"
    for answer in (client.get(path), client.post(path, {"post": "yes", "action": "unlock", CHOSEN: attempt.pk})):
        assert answer.status_code in (302, 403, 404)
        assert ROOT not in answer.content.decode()
    assert AccessAttempt.objects.get() == attempt


@pytest.mark.parametrize(
    "path", ["axes/accesslog/", "axes/accessfailurelog/", "axes/accessattempt/", f"{LIST}add/", f"{LIST}1/delete/"]
)
def test_other_admin_pages_of_axes_do_not_exist(path: str, root: User) -> None:
    assert AdminClient(root).get(f"/admin/{path}").status_code in (403, 404)


# --- In the log -------------------------------------------------------------------------------------------------------


def test_failures_and_lockouts_are_logged_with_the_address_and_no_name(caplog: pytest.LogCaptureFixture) -> None:
    fail(MARIA, 5)
    failed = ("accounts.sign_in.lockout", logging.WARNING, f"Sign-in to the admin failed for m***@e*** from {HERE}.")
    shut = ("accounts.sign_in.lockout", logging.WARNING, f"Sign-in to the admin is locked for m***@e*** from {HERE}.")
    ours = [record for record in caplog.record_tuples if record[0] == "accounts.sign_in.lockout"]
    assert sorted(ours) == [failed] * 5 + [shut]
    assert MARIA not in caplog.text


def test_a_success_is_not_logged_as_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    try_to_enter(ROOT, PASSWORD)
    assert [record for record in caplog.record_tuples if record[0] == "accounts.sign_in.lockout"] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("maria@example.com", "m***@e***"),
        ("maria", "m***"),
        ("", "***"),
        ("my p@ss@word", "m***@s***"),
        ("\nforged line", "\\n***"),
        ("élise@x", "\\xe9***@x***"),
    ],
)
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert lockout.masked(name) == shown


# --- While Supabase is away -------------------------------------------------------------------------------------------


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: str) -> None:
        raise SupabaseUnavailable("ConnectError")

    monkeypatch.setattr(backends, "sign_in", away)


@pytest.mark.usefixtures("outage")
def test_an_outage_is_reported_and_locks_no_teacher_out() -> None:
    for _ in range(7):
        page = try_to_enter(MARIA, PASSWORD)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "60")
        assert "Sign-in is unavailable at the moment; please try again in a minute." in page.content.decode()
        assert "correct email and password" not in page.content.decode()
        assert MARIA in page.content.decode()
    assert not AccessAttempt.objects.exists()


@pytest.mark.usefixtures("outage")
def test_during_an_outage_superusers_can_sign_in_but_are_still_locked_out_after_failures() -> None:
    pages = [try_to_enter(ROOT, "wrong") for _ in range(6)]
    assert [page.status_code for page in pages] == [503] * 4 + [429] * 2
    assert "Sign-in is unavailable at the moment" in pages[0].content.decode()
    assert try_to_enter(ROOT, PASSWORD, address=THERE).status_code == 302


def test_authentication_without_a_request_is_never_locked_out(root: User) -> None:
    fail(ROOT, 5)
    assert authenticate(username=ROOT, password=PASSWORD) == root
    assert authenticate(username=ROOT, password="wrong") is None
