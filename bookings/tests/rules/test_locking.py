"""bookings.locking: the order of locks, and what is run again."""

import threading
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student
from accounts.models import User
from bookings.locking import contended, lock_people
from database import prepared_statements


def statements(*people: uuid.UUID) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        lock_people(*people)
    return [query["sql"] for query in captured]


@pytest.mark.django_db
def test_locks_are_taken_in_the_order_of_ids() -> None:
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert statements(one, other) == statements(other, one)
    assert len(statements(one, other)) == (1 if connection.vendor == "postgresql" else 0)


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
