"""The feed misses nothing though transactions commit in another order than they began: threads and real commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import locking, services
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.tests.conftest import at
from conftest import NOW

# SQLite has one writer at a time.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]
SECONDS = 10


def positions(teacher: User, after: int) -> list[int]:
    return list(Booking.objects.of(teacher.id).changed_after(after).values_list("feed_position", flat=True))


@contextmanager
def in_thread(act: Callable[[], object]) -> Iterator[threading.Event]:
    """Run `act` in a thread; the event is set once it has ended."""
    over = threading.Event()

    def run() -> None:
        try:
            act()
        finally:
            connection.close()
            over.set()

    thread = threading.Thread(target=run)
    thread.start()
    yield over
    thread.join()


def slow_then_quick(teacher: User) -> tuple[list[int], list[int]]:
    """A first writer draws its position and lingers; a second one, of the same teacher, tries to commit before it.

    Returns what a reader sees then, and what it sees of the rest once both are done.
    """
    slow, quick = (make_booking(make_student(), teacher, start=at(time)) for time in ("10:00", "12:00"))
    begun = max(positions(teacher, 0))
    has_drawn, may_commit = threading.Event(), threading.Event()

    def linger() -> None:
        with transaction.atomic():
            services.cancel_booking(booking_id=slow.id, by=teacher, reason="", now=NOW)
            has_drawn.set()
            assert may_commit.wait(SECONDS)

    def hurry() -> None:
        services.cancel_booking(booking_id=quick.id, by=teacher, reason="", now=NOW)

    with in_thread(linger):
        assert has_drawn.wait(SECONDS)
        with in_thread(hurry) as quick_is_over:
            quick_is_over.wait(0.5)
            first = positions(teacher, begun)
            may_commit.set()
    return first, positions(teacher, max(first, default=begun))


def test_no_change_is_missed() -> None:
    first, rest = slow_then_quick(make_teacher())
    assert len(first) + len(rest) == 2


def test_without_the_locks_of_people_the_first_writers_change_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "lock_people", lambda *_: None)
    first, rest = slow_then_quick(make_teacher())
    assert (len(first), len(rest)) == (1, 0)
