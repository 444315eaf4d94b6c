"""accounts.authentication.provisioning: which account a token's claims lead to, and what they change about it."""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.authentication.claims import Claims
from accounts.authentication.provisioning import account_for
from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User, UserManager, UserQuerySet

pytestmark = pytest.mark.django_db


def claims_of(user: User, **changes: Any) -> Claims:
    known = Claims(user.id, user.email, user.role, user.first_name, user.last_name)
    return replace(known, **changes)


NEWCOMER = Claims(uuid.UUID(int=1), "john@example.com", None, "John", "Doe")


def test_a_newcomer_is_a_student_without_a_password() -> None:
    account_for(NEWCOMER)
    user = User.objects.get()
    assert (user.id, user.email, user.name, user.role) == (uuid.UUID(int=1), "john@example.com", "John Doe", "student")
    assert not user.has_usable_password()
    assert not user.is_superuser
    assert not TeacherProfile.objects.exists()


def test_a_newcomer_whom_an_administrator_made_a_teacher_has_a_profile() -> None:
    user = account_for(replace(NEWCOMER, role="teacher"))
    assert user.is_teacher
    assert TeacherProfile.objects.get().user == user


def test_an_account_is_never_found_by_its_email() -> None:
    teacher = make_teacher(email="maria@example.com")
    impostor = account_for(replace(NEWCOMER, email="maria@example.com"))
    assert impostor != teacher
    assert not impostor.is_teacher
    assert User.objects.filter(email="maria@example.com").count() == 2


@pytest.mark.parametrize(
    "changes",
    [{}, {"role": None}, {"email": ""}, {"first_name": "Jim", "last_name": "Poe"}, {"first_name": "", "last_name": ""}],
)
def test_a_known_account_costs_one_read_and_no_write(
    changes: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    teacher = make_teacher()
    claims = claims_of(teacher, **changes)
    with django_assert_num_queries(1):
        found = account_for(claims)
    assert found == teacher
    assert (found.role, found.email, found.name) == ("teacher", teacher.email, "Maria Garcia")


def test_it_follows_a_changed_email() -> None:
    student = make_student()
    account_for(claims_of(student, email="new@example.com"))
    student.refresh_from_db()
    assert student.email == "new@example.com"


def test_it_does_not_undo_what_others_change_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    student = make_student()
    monkeypatch.setattr(UserManager, "by_id", lambda *_: student)
    User.objects.update(timezone="Europe/Berlin", is_active=False)
    account_for(claims_of(student, email="new@example.com"))
    student.refresh_from_db()
    assert (student.timezone, student.is_active, student.email) == ("Europe/Berlin", False, "new@example.com")


def test_the_tokens_role_wins_and_a_new_teacher_has_a_profile() -> None:
    student = make_student()
    assert account_for(claims_of(student, role="teacher")).is_teacher
    assert TeacherProfile.objects.filter(user=student).exists()
    assert account_for(claims_of(student, role=None)).is_teacher


def test_a_teacher_who_becomes_a_student_keeps_the_profile_for_later() -> None:
    teacher = make_teacher(headline="Spanish")
    assert not account_for(claims_of(teacher, role="student")).is_teacher
    assert account_for(claims_of(teacher, role="teacher")).rules.headline == "Spanish"


# --- Older and newer tokens -------------------------------------------------------------------------------------------

MORNING = dt.datetime(2025, 1, 10, 8, tzinfo=dt.UTC)
NOON = dt.datetime(2025, 1, 10, 12, tzinfo=dt.UTC)


def test_an_older_token_never_undoes_what_a_newer_one_said() -> None:
    teacher = make_teacher()
    old = claims_of(teacher, role="teacher", email="old@example.com", issued_at=MORNING)
    account_for(old)
    account_for(claims_of(teacher, role="student", email="new@example.com", issued_at=NOON))
    for _ in range(2):
        found = account_for(old)
        assert (found.role, found.email) == ("student", "new@example.com")
    teacher.refresh_from_db()
    assert (teacher.role, teacher.email, teacher.identity_as_of) == ("student", "new@example.com", NOON)


def test_two_devices_flip_no_role() -> None:
    teacher = make_teacher()
    old = claims_of(teacher, role="teacher", issued_at=MORNING)
    new = claims_of(teacher, role="student", issued_at=NOON)
    assert [account_for(claims).role for claims in (old, new, old, new, old)] == ["teacher"] + ["student"] * 4


def test_a_token_of_the_same_second_counts() -> None:
    student = make_student()
    account_for(claims_of(student, role="teacher", issued_at=NOON))
    assert account_for(claims_of(student, role="student", issued_at=NOON)).role == "student"


def test_a_token_of_unknown_age_counts_only_where_nothing_of_known_age_was_said() -> None:
    student = make_student()
    assert account_for(claims_of(student, role="teacher")).is_teacher
    account_for(claims_of(student, role="student", issued_at=NOON))
    assert not account_for(claims_of(student, role="teacher")).is_teacher


def test_a_newcomers_first_token_is_remembered() -> None:
    account_for(replace(NEWCOMER, role="student", issued_at=NOON))
    assert account_for(replace(NEWCOMER, role="teacher", issued_at=MORNING)).role == "student"


def test_the_newer_of_two_at_once_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other request commits between our look and our write."""
    teacher = make_teacher()
    monkeypatch.setattr(UserManager, "by_id", lambda *_: make_stale(teacher))
    User.objects.update(role="student", identity_as_of=NOON)
    assert account_for(claims_of(teacher, email="old@example.com", issued_at=MORNING)).role == "student"
    teacher.refresh_from_db()
    assert (teacher.role, teacher.email) == ("student", teacher.email)
    assert teacher.email != "old@example.com"


def make_stale(user: User) -> User:
    return User(id=user.id, email=user.email, role="teacher", first_name="Maria", last_name="Garcia")


def test_names_are_filled_in_only_while_there_are_none() -> None:
    nameless = make_student(first_name="", last_name="")
    assert account_for(claims_of(nameless, first_name="John", last_name="Doe")).name == "John Doe"
    half_named = make_student(first_name="", last_name="Doe")
    assert account_for(claims_of(half_named, first_name="Jim", last_name="Poe")).name == "Doe"


def test_a_superusers_email_is_their_own_affair() -> None:
    make = User.objects.create_superuser
    make("root@example.com", "a-password-of-this-site")
    other = make("other@example.com", "a-password-of-this-site")
    assert account_for(claims_of(other, email="root@example.com")).email == "other@example.com"


def test_an_inactive_account_is_found_and_stays_inactive() -> None:
    student = make_student(is_active=False)
    assert not account_for(claims_of(student, email="new@example.com")).is_active


def test_the_second_of_two_first_contacts_finds_the_account_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    account_for(replace(NEWCOMER, role="teacher"))
    monkeypatch.setattr(UserManager, "by_id", lambda *_: None)
    assert account_for(replace(NEWCOMER, role="teacher")).id == NEWCOMER.user_id
    assert User.objects.count() == TeacherProfile.objects.count() == 1


def test_losing_the_race_at_the_insert_itself_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other request commits between our look and our insert."""
    first = make_student(id=NEWCOMER.user_id, email="first@example.com")
    monkeypatch.setattr(UserManager, "by_id", lambda *_: None)
    looks = [User.DoesNotExist(), first]
    monkeypatch.setattr(UserQuerySet, "get", mock.Mock(side_effect=looks))
    assert account_for(NEWCOMER).email == "first@example.com"
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_first_contacts_at_once_make_one_account() -> None:
    together = threading.Barrier(6)

    def first_contact(_: int) -> uuid.UUID:
        together.wait(10)
        try:
            return account_for(replace(NEWCOMER, role="teacher")).id
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(first_contact, range(6))) == {NEWCOMER.user_id}
    assert User.objects.count() == TeacherProfile.objects.count() == 1
