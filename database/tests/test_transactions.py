"""database.postgresql: BEGIN goes with the first statement of its transaction, and nothing else is different."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2 import extensions

from accounts.models import TeacherProfile, User
from database.tests.connections import another_connection, break_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def seen_by_others() -> list[str]:
    with another_connection() as cursor:
        cursor.execute("SELECT name FROM auth_group ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def is_in_transaction() -> bool:
    status = connection.connection.get_transaction_status()
    assert status in (extensions.TRANSACTION_STATUS_IDLE, extensions.TRANSACTION_STATUS_INTRANS)
    return bool(status == extensions.TRANSACTION_STATUS_INTRANS)


def sent(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"].partition(" ")[0] for query in captured]


def test_begin_goes_with_the_first_statement() -> None:
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        Group.objects.create(name="a")
        assert is_in_transaction()
        Group.objects.create(name="b")
        assert seen_by_others() == []
    assert sent(captured) == ["BEGIN;", "INSERT", "COMMIT"]
    assert seen_by_others() == ["a", "b"]
    assert not is_in_transaction()


def test_what_fails_is_rolled_back() -> None:
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        Group.objects.create(name="a")
        transaction.set_rollback(True)
    assert sent(captured) == ["BEGIN;", "ROLLBACK"]
    assert (seen_by_others(), is_in_transaction()) == ([], False)


@pytest.mark.parametrize("fails", [False, True])
def test_a_transaction_without_statements_sends_nothing(fails: bool) -> None:
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured:
        with transaction.atomic():
            transaction.set_rollback(fails)
        assert Group.objects.count() == 0
    assert sent(captured) == ["SELECT"]
    assert not is_in_transaction()


def test_a_first_statement_that_fails_begins_and_ends_its_transaction() -> None:
    Group.objects.create(name="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.create(name="a")
    assert not is_in_transaction()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELEKT")
    assert not is_in_transaction()
    Group.objects.create(name="b")
    assert seen_by_others() == ["a", "b"]


def test_after_a_first_statement_that_could_not_be_sent_the_transaction_still_begins() -> None:
    with transaction.atomic():
        with pytest.raises(ValueError, match="NUL"):
            Group.objects.filter(name="\0").exists()
        Group.objects.create(name="a")
        assert is_in_transaction()
        transaction.set_rollback(True)
    assert seen_by_others() == []


def test_a_savepoint_may_be_the_first_statement() -> None:
    with transaction.atomic():
        with transaction.atomic():
            Group.objects.create(name="a")
            transaction.set_rollback(True)
        with transaction.atomic():
            Group.objects.create(name="b")
        assert seen_by_others() == []
    assert seen_by_others() == ["b"]


def test_a_foreign_key_that_is_checked_at_the_end_refuses_the_commit() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TeacherProfile.objects.create(user_id=User().id)
    assert not TeacherProfile.objects.exists()
    assert not is_in_transaction()


def by_many(cursor: Any) -> None:
    cursor.executemany("INSERT INTO auth_group (name) VALUES (%s)", [["a"], ["b"]])


def by_function(cursor: Any) -> None:
    cursor.callproc("pg_advisory_xact_lock", [1])
    cursor.execute("INSERT INTO auth_group (name) VALUES ('a')")


@pytest.mark.parametrize("write", [by_many, by_function])
def test_other_ways_to_send_a_statement_begin_too(write: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        write(cursor)
        assert is_in_transaction()
        transaction.set_rollback(True)
    assert seen_by_others() == []


def test_a_server_side_cursor_may_be_first() -> None:
    Group.objects.create(name="a")
    with transaction.atomic():
        assert [group.name for group in Group.objects.iterator(chunk_size=1)] == ["a"]
        assert is_in_transaction()
        Group.objects.create(name="b")
        assert seen_by_others() == ["a"]
    assert seen_by_others() == ["a", "b"]


def test_autocommit_can_be_turned_off_by_hand() -> None:
    transaction.set_autocommit(False)
    try:
        Group.objects.create(name="a")
        assert seen_by_others() == []
        transaction.rollback()
        Group.objects.create(name="b")
        transaction.commit()
        assert seen_by_others() == ["b"]
    finally:
        transaction.set_autocommit(True)


def test_a_connection_lost_before_the_first_statement_fails_the_transaction() -> None:
    def write() -> None:
        with transaction.atomic():
            break_connection()
            Group.objects.create(name="a")

    connection.ensure_connection()
    with pytest.raises(OperationalError):
        write()
    connection.close()
    assert Group.objects.count() == 0
    with transaction.atomic():
        Group.objects.create(name="b")
    assert seen_by_others() == ["b"]
