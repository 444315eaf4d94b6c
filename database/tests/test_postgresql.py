"""database.postgresql: a read survives a broken connection, and nothing waits for longer than a request may."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import Error, OperationalError, connection, connections, transaction

from accounts.factories import make_student
from accounts.models import User
from database.postgresql.base import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, DatabaseWrapper, Unanswered
from database.tests.connections import another_connection, backend, break_connection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def value(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_read_is_sent_again_over_a_new_connection() -> None:
    student, before = make_student(), backend()
    break_connection()
    assert User.objects.get() == student
    assert User.objects.by_id(student.id) == student
    assert backend() != before


def test_a_compiled_read_is_sent_again_too() -> None:
    student = make_student()
    assert User.objects.by_id(student.id) == student
    break_connection()
    assert User.objects.by_id(student.id) == student


def test_a_write_is_never_sent_twice() -> None:
    student = make_student()
    break_connection()
    with pytest.raises(Error):
        User.objects.filter(id=student.id).update(first_name="Twice")
    connection.close()  # as Django does after the request
    assert not User.objects.filter(first_name="Twice").exists()


def test_a_read_inside_a_transaction_is_not_repeated() -> None:
    def write_then_read() -> None:
        with transaction.atomic():
            make_student()
            break_connection()
            User.objects.count()

    with pytest.raises(Error):
        write_then_read()
    connection.close()
    assert User.objects.count() == 0


def test_a_transaction_as_first_statement_reconnects() -> None:
    backend()
    break_connection()
    connection.close_if_unusable_or_obsolete()  # as Django does before each request
    with transaction.atomic():
        make_student()
    assert User.objects.count() == 1


def test_no_request_asks_whether_the_connection_works(django_assert_num_queries: Any) -> None:
    connection.close_if_unusable_or_obsolete()
    with django_assert_num_queries(1):
        assert User.objects.count() == 0


def test_every_connection_has_limits() -> None:
    connection.close()
    assert value("SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'") == LOCK_TIMEOUT_MS
    assert value("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'") == STATEMENT_TIMEOUT_MS
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.lift_limits()
    assert value("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'") == 0
    wrapper.set_limits()
    assert value("SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'") == STATEMENT_TIMEOUT_MS


def test_a_held_row_costs_three_seconds_at_most() -> None:
    student = make_student()
    with another_connection() as cursor:
        cursor.execute("BEGIN; SELECT 1 FROM accounts_user FOR UPDATE")
        began = time.monotonic()
        with pytest.raises(OperationalError):
            User.objects.filter(id=student.id).update(first_name="Late")
        assert 2 < time.monotonic() - began < 6
    assert User.objects.get().first_name != "Late"


def test_a_frozen_server_costs_three_seconds_at_most() -> None:
    make_student()
    with frozen(backend()):
        began = time.monotonic()
        with pytest.raises(OperationalError) as caught:
            User.objects.count()
        assert 2 < time.monotonic() - began < 6
    assert isinstance(caught.value.__cause__, Unanswered)
    connection.close()
    assert User.objects.count() == 1
