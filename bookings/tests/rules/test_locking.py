"""bookings.locking: the locks of two people are always taken in the same order."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bookings.locking import lock_people


def statements(*people: uuid.UUID) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        lock_people(*people)
    return [query["sql"] for query in captured]


@pytest.mark.django_db
def test_the_order_of_the_locks_is_that_of_the_people_and_not_of_the_call() -> None:
    one, other = uuid.UUID(int=1), uuid.UUID(int=2)
    assert statements(one, other) == statements(other, one)
    assert len(statements(one, other)) == (1 if connection.vendor == "postgresql" else 0)
