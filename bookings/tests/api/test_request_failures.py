"""POST /api/bookings/bookings/ when the database refuses, fails, or has other writers in the way."""

from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from accounts.models import User
from bookings import models, services
from bookings.models import Booking
from bookings.scheduling import calendar, timetable
from bookings.tests.conftest import BOOKINGS, Api, at, full_disk, nothing_changes, refused, wish
from conftest import NOW


def test_the_database_constraint_refuses_what_the_check_missed(
    pending: Booking, bob: User, maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "is_free", lambda *_, **__: True)
    with nothing_changes():
        answer = api_for(bob).post(BOOKINGS, wish(maria))
    assert refused(answer, 400, "Time slot is not available", "slot_unavailable")


def test_other_violations_are_not_taken_for_an_overlap(
    alice: User, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish: Any = {"student": alice, "teacher_id": maria.id, "start": at("10:00"), "duration": -60, "notes": ""}
    monkeypatch.setattr(calendar, "is_free", lambda *_, **__: True)
    with pytest.raises(IntegrityError):
        services.request_booking(**wish, now=NOW)


def test_it_is_all_or_nothing(alice: User, maria: User, api_for: Api) -> None:
    with full_disk(models, "write_together"):
        answer = api_for(alice).post(BOOKINGS, wish(maria))
    assert refused(answer, 500, "Something went wrong on our side.", "server_error")
    assert b"disk" not in answer.content


class Contention:
    """A service that finds other writers in its way a number of times."""

    def __init__(self, times: int, message: str = "database is locked") -> None:
        self.times, self.message, self.calls = times, message, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls <= self.times:
            raise OperationalError(self.message)
        return True


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (2, 2)])
def test_a_transaction_that_conflicts_is_retried_once(
    times: int, calls: int, alice: User, maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    contention, real = Contention(times), timetable.find
    monkeypatch.setattr(timetable, "find", lambda *asked, **more: contention() and real(*asked, **more))
    answer = api_for(alice).post(BOOKINGS, wish(maria))
    assert contention.calls == calls
    if times == 1:
        assert answer.status_code == 201
        assert Booking.objects.count() == 1
    else:
        sentence = "Too many requests for this time at once. Please try again."
        assert refused(answer, 503, sentence, "busy")
        assert answer.headers["Retry-After"] == "1"
        assert not Booking.objects.exists()


def test_a_lost_connection_is_not_retried(
    alice: User, maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    contention = Contention(9, "server closed the connection")
    monkeypatch.setattr(timetable, "find", contention)
    answer = api_for(alice).post(BOOKINGS, wish(maria))
    assert (answer.status_code, answer.json()["code"], contention.calls) == (503, "unavailable", 1)
    assert b"connection" not in answer.content


def test_a_lock_timeout_is_not_retried(alice: User, maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL has waited as long as a request may by then."""
    calls = []

    def timed_out(*_: Any, **__: Any) -> None:
        calls.append(1)
        error, cause = OperationalError("canceling statement due to lock timeout"), Exception()
        cause.pgcode = "55P03"  # type: ignore[attr-defined]
        raise error from cause

    monkeypatch.setattr(timetable, "find", timed_out)
    answer = api_for(alice).post(BOOKINGS, wish(maria))
    assert (answer.status_code, answer.json()["code"], len(calls)) == (503, "busy", 1)
    assert not Booking.objects.exists()
