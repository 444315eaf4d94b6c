"""bookings.locking: the order of locks, and what is run again."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student
from accounts.models import User
from bookings.locking import contended, lock_people, locks_of
from database import prepared_statements
from database.prepared_query import PreparedQuery
from database.prepared_statements import Row, prepared_in_transactions

SECONDS = 10


def statements(*people: uuid.UUID) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        lock_people(*people)
    return [query["sql"] for query in captured]


@pytest.mark.django_db
def test_locks_are_taken_in_the_order_of_ids() -> None:
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert statements(one, other) == statements(other, one)
    assert len(statements(one, other)) == (1 if connection.vendor == "postgresql" else 0)


def wait_for_waiters() -> None:
    """Return once another connection waits for a lock."""
    give_up_at = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < give_up_at:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits for the lock.")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_read_sent_with_the_locks_sees_what_their_last_holder_committed() -> None:
    student = make_student()
    query = PreparedQuery(lambda user_id: User.objects.filter(id=user_id).values_list("first_name"))

    def read() -> list[Row]:
        try:
            with prepared_in_transactions(), transaction.atomic():
                return query.rows_after(locks_of(student.id), user_id=student.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_people(student.id)
            found = pool.submit(read)
            wait_for_waiters()
            User.objects.filter(id=student.id).update(first_name="New")
        assert found.result(SECONDS) == [("New",)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_service_whose_prepared_statements_are_lost_is_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_statements, "_is_behind_a_pooler", threading.Event())
    student, runs = make_student(), []

    @contended
    @transaction.atomic
    def service() -> User | None:
        runs.append(1)
        return User.objects.by_id(student.id)

    service()
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")  # as behind a pooler, which hands over another connection
    assert service() == student
    assert len(runs) == 3
