"""accounts.account_column: the account that `by_id` would read."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.account_column import account_column, account_in
from accounts.factories import make_student, make_teacher
from accounts.models import AtSupabase, User
from database.prepared_query import PreparedQuery

pytestmark = pytest.mark.django_db

EVERYTHING: dict[str, Any] = {
    "first_name": 'Ana "Ñ" \\ 100%',
    "last_name": "O'Brien",
    "timezone": "Asia/Kathmandu",
    "language": "es",
    "at_supabase": AtSupabase.SHUT_OUT,
    "is_active": False,
    "is_superuser": True,
    "identity_as_of": dt.datetime(2025, 1, 10, 9, 30, 15, 123_456, tzinfo=dt.UTC),
    "last_login": dt.datetime(2024, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
    "erased_at": dt.datetime(2025, 1, 10, tzinfo=dt.UTC),
}


def beside(host_id: uuid.UUID, user_id: uuid.UUID) -> QuerySet[User, Any]:
    return User.objects.filter(id=host_id).values_list("email", account_column(user_id))


def found(user_id: uuid.UUID) -> User | None:
    host = make_teacher()
    [(email, column)] = PreparedQuery(beside).rows(host_id=host.id, user_id=user_id)
    assert email == host.email
    return account_in(column)


@pytest.mark.parametrize("fields", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_it_is_the_account_that_is_read_by_id(fields: dict[str, Any]) -> None:
    student = make_student()
    if fields:
        User.objects.filter(id=student.id).update(**fields)
    account, expected = found(student.id), User.objects.by_id(student.id)
    assert account is not None
    assert expected is not None
    for field in User._meta.concrete_fields:
        value, other = getattr(account, field.attname), getattr(expected, field.attname)
        assert (value, type(value)) == (other, type(other)), field.attname
    assert not account._state.adding
    account.first_name = "Another"
    account.save()
    assert User.objects.get(id=student.id).first_name == "Another"


def test_an_unknown_account_is_none() -> None:
    assert found(uuid.uuid4()) is None
