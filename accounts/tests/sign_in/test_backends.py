"""accounts.backends: who gets in to the admin."""

import logging
import time
import uuid
from collections.abc import Callable
from unittest import mock

import jwt
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import get_hasher
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts import backends
from accounts.authentication.claims import Claims
from accounts.authentication.dev_tokens import mint, payload
from accounts.factories import make_student, make_teacher
from accounts.models import User
from accounts.supabase.client import Session, SupabaseUnavailable

pytestmark = pytest.mark.django_db

PASSWORD = "a-password-of-this-site"
LOCAL = backends.LocalPasswordBackend()
SUPABASE = backends.SupabaseBackend()
DEV_TOKEN = backends.DevTokenBackend()


def sign_in(email: str | None, password: str | None) -> object:
    return LOCAL.authenticate(None, username=email, password=password)


def test_a_superuser_signs_in_with_a_local_password() -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    assert sign_in("Root@Example.com ", PASSWORD) == root


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("root@example.com", "wrong"),
        ("root@example.com", ""),
        ("root@example.com", None),
        (None, PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("teacher@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("supabase@example.com", ""),
        ("", PASSWORD),
    ],
)
def test_other_accounts_cannot_sign_in_with_a_local_password(email: str | None, password: str | None) -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)
    User.objects.create_superuser("gone@example.com", PASSWORD, is_active=False)
    User.objects.create_superuser("supabase@example.com", None)
    teacher = make_teacher(email="teacher@example.com")
    teacher.set_password(PASSWORD)
    teacher.save()
    assert sign_in(email, password) is None


@pytest.mark.parametrize("email", ["nobody@example.com", "root@example.com", "supabase@example.com"])
def test_an_unknown_email_takes_as_long_as_a_wrong_password(email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)
    User.objects.create_superuser("supabase@example.com", None)
    hasher = type(get_hasher())
    hashed = mock.Mock(return_value="hash")
    monkeypatch.setattr(hasher, "encode", hashed)
    assert sign_in(email, "wrong") is None
    assert hashed.call_count == 1


# --- Supabase ---------------------------------------------------------------------------------------------------------

Answer = Callable[[Claims | Exception | None], None]


@pytest.fixture
def supabase(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Says what Supabase answers to any sign-in."""

    def answers(outcome: Claims | Exception | None) -> None:
        def sign_in(email: str, password: str, code: str) -> Session | None:
            if isinstance(outcome, Exception):
                raise outcome
            return Session(outcome, "") if outcome else None

        monkeypatch.setattr(backends, "sign_in", sign_in)

    return answers


def claims_of(user: User) -> Claims:
    return Claims(user.id, user.email, None, user.first_name, user.last_name)


def test_a_teacher_signs_in_with_the_supabase_password(supabase: Answer) -> None:
    teacher = make_teacher()
    supabase(claims_of(teacher))
    assert SUPABASE.authenticate(None, username=teacher.email, password=PASSWORD) == teacher


def test_a_teacher_without_an_account_is_given_one(supabase: Answer) -> None:
    supabase(Claims(uuid.UUID(int=1), "maria@example.com", "teacher", "Maria", "Garcia"))
    user = SUPABASE.authenticate(None, username="maria@example.com", password=PASSWORD)
    assert user == User.objects.get()


@pytest.mark.parametrize("make", [make_student, lambda: make_teacher(is_active=False)], ids=["student", "inactive"])
def test_students_and_inactive_teachers_cannot_sign_in(make: Callable[[], User], supabase: Answer) -> None:
    user = make()
    supabase(claims_of(user))
    assert SUPABASE.authenticate(None, username=user.email, password=PASSWORD) is None


def test_a_user_refused_by_supabase_is_refused_here(supabase: Answer) -> None:
    supabase(None)
    assert SUPABASE.authenticate(None, username="maria@example.com", password=PASSWORD) is None
    assert not User.objects.exists()


def test_a_supabase_account_with_a_superusers_email_cannot_sign_in_as_them(supabase: Answer) -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)
    supabase(Claims(uuid.UUID(int=1), "root@example.com", None, "", ""))
    assert SUPABASE.authenticate(None, username="root@example.com", password="another") is None


def test_an_outage_is_logged_and_superusers_can_still_sign_in(
    supabase: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    supabase(SupabaseUnavailable("ConnectError"))
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    request = RequestFactory().post("/admin/login/")
    assert authenticate(request, username="root@example.com", password=PASSWORD) == root
    with pytest.raises(SupabaseUnavailable):
        authenticate(request, username="maria@example.com", password=PASSWORD)
    told = [record for record in caplog.record_tuples if record[0] == "accounts.backends"]
    assert told == [("accounts.backends", logging.WARNING, "Supabase could not be reached for a sign-in: ConnectError")]


# --- Tokens of development --------------------------------------------------------------------------------------------


@pytest.fixture
def development(settings: Settings) -> None:
    settings.DEBUG = True


def sign_in_by_token(email: str, token: str) -> User | None:
    return DEV_TOKEN.authenticate(None, username=email, password=token)


@pytest.mark.usefixtures("development")
def test_in_development_a_teacher_signs_in_with_a_token(client: Client) -> None:
    teacher = make_teacher(email="maria@example.com")
    token = mint(user_id=teacher.id, email=teacher.email)
    assert sign_in_by_token("Maria@example.com ", token) == teacher
    client.post("/admin/login/", {"username": teacher.email, "password": token})
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("development")
def test_a_token_that_the_api_refuses_is_refused_as_a_password() -> None:
    teacher = make_teacher(email="maria@example.com")
    stale = mint(user_id=teacher.id, email=teacher.email, now=lambda: time.time() - 2 * 3600)
    forged = jwt.encode(payload(user_id=teacher.id, email=teacher.email), "another secret of more than 32 letters")
    for token in (stale, forged, "", "a.b.c", PASSWORD):
        assert sign_in_by_token(teacher.email, token) is None


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize("email", ["carl@example.com", "", "nobody@example.com"])
def test_a_token_works_only_for_its_own_account(email: str) -> None:
    teacher = make_teacher(email="maria@example.com")
    make_teacher(email="carl@example.com")
    assert sign_in_by_token(email, mint(user_id=teacher.id, email=teacher.email)) is None


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize("make", [make_student, lambda: make_teacher(is_active=False)], ids=["student", "inactive"])
def test_students_and_inactive_teachers_cannot_sign_in_with_a_token(make: Callable[[], User]) -> None:
    user = make()
    assert sign_in_by_token(user.email, mint(user_id=user.id, email=user.email)) is None


@pytest.mark.parametrize(
    ("debug", "supabase_url"), [(False, ""), (False, "https://x.supabase.co"), (True, "https://x.supabase.co")]
)
def test_outside_development_a_token_is_refused_as_a_password(
    debug: bool, supabase_url: str, settings: Settings
) -> None:
    teacher = make_teacher()
    token = mint(user_id=teacher.id, email=teacher.email)
    settings.DEBUG, settings.SUPABASE_URL = debug, supabase_url
    assert sign_in_by_token(teacher.email, token) is None


# --- Sessions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [LOCAL, SUPABASE])
def test_a_session_ends_when_its_account_is_deactivated(
    backend: backends.LocalPasswordBackend | backends.SupabaseBackend,
) -> None:
    teacher = make_teacher()
    assert backend.get_user(teacher.id) == teacher
    User.objects.update(is_active=False)
    assert backend.get_user(teacher.id) is None
    assert backend.get_user(uuid.uuid4()) is None


def test_a_teacher_stays_signed_in_from_page_to_page(supabase: Answer, client: Client) -> None:
    teacher = make_teacher()
    supabase(claims_of(teacher))
    client.post("/admin/login/", {"username": teacher.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    User.objects.update(role="student")
    assert client.get("/admin/").status_code == 302
