"""`manage.py sync_supabase_users`: what each state of a user at Supabase makes of the account here."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.authentication.claims import Claims
from accounts.authentication.dev_tokens import mint
from accounts.authentication.provisioning import account_for
from accounts.authentication.roles import RoleClaim
from accounts.factories import make_student, make_teacher
from accounts.models import AtSupabase, TeacherProfile, User
from accounts.supabase import users as supabase_admin
from accounts.tests.supabase.runs import BANNED, FREE, HUSK, USER_ID, counts, rows, signed_in, sync
from testing.supabase_server import SupabaseServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

# --- Creating and updating --------------------------------------------------------------------------------------------


def test_an_unknown_user_gets_an_account_as_from_a_token(supabase: SupabaseServer) -> None:
    metadata = {"full_name": "Maria Garcia", "role": "teacher"}
    supabase.add(USER_ID, email="Maria@Example.com", user_metadata=metadata)
    assert sync() == counts(created=1)
    made = User.objects.get()
    assert (made.id, made.email, made.name, made.role) == (USER_ID, "maria@example.com", "Maria Garcia", "student")
    assert (made.is_active, made.is_superuser, made.at_supabase) == (True, False, AtSupabase.PRESENT)
    assert not made.has_usable_password()
    assert not TeacherProfile.objects.exists()


def test_an_unknown_teacher_gets_a_profile(supabase: SupabaseServer) -> None:
    supabase.add(USER_ID, app_metadata={"role": "teacher"})
    sync()
    assert TeacherProfile.objects.get().user == User.objects.teachers().get()


def test_email_and_role_are_updated_and_names_only_filled_in_if_empty(supabase: SupabaseServer) -> None:
    named, nameless = make_student(), make_student(first_name="", last_name="")
    fields: dict[str, Any] = {"app_metadata": {"role": "teacher"}, "user_metadata": {"full_name": "New Name"}}
    supabase.add(named.id, email="new@example.com", **fields)
    supabase.add(nameless.id, **fields)
    assert sync() == counts(updated=2)
    named.refresh_from_db()
    nameless.refresh_from_db()
    assert (named.email, named.role, named.name) == ("new@example.com", "teacher", "John Doe")
    assert (nameless.role, nameless.name) == ("teacher", "New Name")
    assert TeacherProfile.objects.count() == 2


def test_a_teacher_without_a_role_at_supabase_keeps_role_and_profile(supabase: SupabaseServer) -> None:
    teacher = make_teacher(headline="Spanish")
    supabase.add(teacher.id, email=teacher.email, user_metadata={"role": "student"})
    sync()
    teacher = User.objects.get()
    assert (teacher.role, teacher.rules.headline) == ("teacher", "Spanish")


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_a_second_run_changes_nothing(supabase: SupabaseServer, role: str) -> None:
    supabase.add(app_metadata={"role": role}, user_metadata={"full_name": "Maria Garcia"})
    supabase.add(**BANNED)
    sync()
    before = rows()
    assert sync() == counts(unchanged=2)
    assert rows() == before


def test_anonymous_users_get_no_account(supabase: SupabaseServer) -> None:
    supabase.add(is_anonymous=True, email="")
    assert sync() == counts()
    assert not User.objects.exists()


def test_an_account_is_never_found_by_its_email(supabase: SupabaseServer) -> None:
    root = User.objects.create_superuser("root@example.com", "a-password-of-this-site")
    supabase.add(USER_ID, email="root@example.com", app_metadata={"role": "teacher"})
    assert sync() == counts(created=1)
    root.refresh_from_db()
    assert (root.role, root.at_supabase) == ("student", AtSupabase.UNSEEN)
    assert not User.objects.get(id=USER_ID).is_superuser


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen when Supabase's list has been read, and nothing of it written."""
    read = supabase_admin.list_users

    def set_up(happens: Callable[[], object]) -> None:
        monkeypatch.setattr(supabase_admin, "list_users", lambda *, now: (read(now=now), happens())[0])

    return set_up


@pytest.mark.parametrize("news", [{"role": "teacher"}, {"email": "new@example.com"}], ids=str)
def test_a_promotion_and_a_new_email_meanwhile_are_newer_than_the_list(
    supabase: SupabaseServer, meanwhile: Callable[[Callable[[], object]], None], news: dict[str, str]
) -> None:
    listed = {"email": "john@example.com", "role": "student"}
    signed_in()
    supabase.add(USER_ID, email=listed["email"], app_metadata={"role": listed["role"]})
    meanwhile(lambda: User.objects.update(**news))
    assert sync() == counts(unchanged=1)
    assert User.objects.values("email", "role").get() == listed | news

    meanwhile(lambda: None)
    assert sync() == counts(updated=1), "Supabase does not agree"
    assert User.objects.values("email", "role").get() == listed


def test_a_first_token_meanwhile_is_newer_than_the_list(
    supabase: SupabaseServer, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    supabase.add(USER_ID, email="old@example.com", app_metadata={"role": "teacher"})
    meanwhile(signed_in)
    assert sync() == counts(unchanged=1)
    assert User.objects.values("email", "role").get() == {"email": "john@example.com", "role": "student"}


# --- Bans -------------------------------------------------------------------------------------------------------------


def test_a_ban_deactivates_and_its_end_reactivates(supabase: SupabaseServer) -> None:
    teacher = make_teacher()
    supabase.add(teacher.id, email=teacher.email, **BANNED)
    assert sync() == counts(deactivated=1)
    assert not User.objects.teachers().exists()
    assert sync() == counts(unchanged=1)
    supabase.change(teacher.id, **FREE)
    assert sync() == counts(reactivated=1)
    assert User.objects.teachers().get() == teacher
    assert sync() == counts(unchanged=1)


def call_with(token: str) -> int:
    return Client().get("/api/accounts/me/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code


def test_after_a_ban_a_new_token_reactivates_the_account(
    supabase: SupabaseServer, now: dt.datetime, time_travel: Callable[[dt.datetime], object]
) -> None:
    supabase.add(USER_ID, email="john@example.com", banned_until="2025-01-10T13:00:00Z")
    before = mint(user_id=USER_ID, email="john@example.com", hours=10)
    assert call_with(before) == 200
    sync()
    assert call_with(before) == 401
    time_travel(now + dt.timedelta(hours=2))
    assert call_with(before) == 401, "it was issued before the ban"
    assert call_with(mint(user_id=USER_ID, email="john@example.com")) == 200
    account = User.objects.get()
    assert (account.is_active, account.at_supabase) == (True, AtSupabase.PRESENT)
    assert sync() == counts(unchanged=1)


def test_an_account_deactivated_here_is_refused_with_any_token(
    supabase: SupabaseServer, now: dt.datetime, time_travel: Callable[[dt.datetime], object]
) -> None:
    student = make_student(is_active=False)
    supabase.add(student.id, email=student.email, **BANNED)
    sync()
    time_travel(now + dt.timedelta(hours=2))
    assert call_with(mint(user_id=student.id)) == 401


def test_an_older_list_does_not_undo_a_newer_token(supabase: SupabaseServer, now: dt.datetime) -> None:
    supabase.add(USER_ID, email="john@example.com", app_metadata={"role": "teacher"})
    later = now + dt.timedelta(minutes=1)
    account_for(Claims(USER_ID, "john@example.com", "student", "John", "Doe", issued_at=later))
    assert sync() == counts(unchanged=1)
    assert User.objects.get().role == "student"


def test_if_roles_are_required_a_user_without_one_is_a_student(supabase: SupabaseServer, settings: Settings) -> None:
    settings.SUPABASE_ROLE_CLAIM = RoleClaim.parse("app_metadata.role", is_required=True)
    teacher = make_teacher()
    supabase.add(teacher.id, email=teacher.email)
    sync()
    assert User.objects.get().role == "student"


def test_a_role_that_a_token_hook_sets_survives_the_sync(supabase: SupabaseServer, settings: Settings) -> None:
    settings.SUPABASE_ROLE_CLAIM = RoleClaim.parse("user_role", is_required=True)
    teacher = make_teacher()
    supabase.add(teacher.id, email=teacher.email)
    sync()
    assert User.objects.get().role == "teacher"


def test_an_unknown_banned_user_gets_an_inactive_account(supabase: SupabaseServer) -> None:
    supabase.add(USER_ID, **BANNED)
    assert sync() == counts(created=1)
    assert not signed_in().is_active
    supabase.change(USER_ID, **FREE)
    assert sync() == counts(reactivated=1)


@pytest.mark.parametrize("end", [FREE, BANNED], ids=["free", "banned"])
def test_an_account_deactivated_here_stays_inactive(supabase: SupabaseServer, end: dict[str, Any]) -> None:
    student = make_student(is_active=False)
    supabase.add(student.id, email=student.email, **BANNED)
    sync()
    supabase.change(student.id, **end)
    assert sync() == counts(unchanged=1)
    assert not User.objects.get().is_active


def test_an_account_reactivated_here_during_a_ban_is_deactivated_again(supabase: SupabaseServer) -> None:
    supabase.add(USER_ID, **BANNED)
    sync()
    User.objects.update(is_active=True)
    assert sync() == counts(deactivated=1)


# --- Deletions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["erased", "husk"])
def test_a_deleted_user_is_deactivated_and_never_deleted(supabase: SupabaseServer, way: str) -> None:
    account = signed_in()
    if way == "husk":
        supabase.add(USER_ID, **HUSK)
    assert sync() == counts(deactivated=1)
    account.refresh_from_db()
    assert (account.is_active, account.email, account.name) == (False, "john@example.com", "John Doe")
    assert sync() == counts()


def test_a_user_who_is_restored_is_reactivated(supabase: SupabaseServer) -> None:
    signed_in()
    sync()
    supabase.add(USER_ID, email="john@example.com")
    assert sync() == counts(reactivated=1)


def test_a_soft_deleted_user_gets_no_account(supabase: SupabaseServer) -> None:
    supabase.add(**HUSK)
    assert sync() == counts()
    assert not User.objects.exists()


def test_absence_from_the_list_alone_deactivates_nobody(supabase: SupabaseServer) -> None:
    """The list is paged by offset: a user deleted meanwhile pushes another out of it."""
    account = signed_in()
    supabase.before = lambda call: supabase.add(USER_ID) if call.operation == "get" else None
    assert sync() == counts()
    account.refresh_from_db()
    assert account.is_active


def test_an_account_deactivated_here_during_the_sync_stays_inactive(
    supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in()

    def gone(user_ids: list[uuid.UUID]) -> list[uuid.UUID]:
        User.objects.update(is_active=False)
        return user_ids

    monkeypatch.setattr(supabase_admin, "gone", gone)
    assert sync() == counts()
    supabase.add(USER_ID, email="john@example.com")
    assert sync() == counts(unchanged=1)
    assert not User.objects.get().is_active


def test_an_account_that_was_never_at_supabase_is_left_alone(supabase: SupabaseServer) -> None:
    User.objects.create_superuser("root@example.com", "a-password-of-this-site")
    make_teacher()
    before = rows()
    assert sync() == counts()
    assert rows() == before
    assert supabase.count("get") == 0


@pytest.mark.parametrize("there", [None, BANNED], ids=["deleted", "banned"])
def test_a_banned_superuser_with_a_local_password_stays_active_and_is_reported(
    supabase: SupabaseServer, there: dict[str, Any] | None
) -> None:
    root = User.objects.create_superuser("root@example.com", "a-password-of-this-site", at_supabase=AtSupabase.PRESENT)
    if there:
        supabase.add(root.id, **there)
    line = f"{root.id} root@example.com: banned or deleted at Supabase, but has a password of this site. Left active.\n"
    assert sync() == line + counts(left=1)
    root.refresh_from_db()
    assert (root.is_active, root.email) == (True, "root@example.com")


def test_a_superuser_who_signs_in_at_supabase_only_is_deactivated_by_a_ban(supabase: SupabaseServer) -> None:
    root = User.objects.create_superuser("root@example.com", None)
    supabase.add(root.id, **BANNED)
    assert sync() == counts(deactivated=1)
