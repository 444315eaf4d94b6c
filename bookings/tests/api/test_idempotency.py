"""Idempotency-Key on POST /api/bookings/bookings/: sent again, the same answer; never a second booking."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from bookings import services
from bookings.errors import Refused, SlotUnavailable
from bookings.models import Booking, IdempotencyKey
from bookings.services import idempotency
from bookings.services.idempotency import Sent
from bookings.tests.conftest import BOOKINGS, Api
from conftest import NOW


def wish(teacher: User, time: str = "09:00") -> dict[str, Any]:
    return {"teacher_id": str(teacher.id), "start_time": f"2025-01-15T{time}:00Z", "duration": 60}


def post(api_for: Api, student: User, body: dict[str, Any], key: str = "first-try") -> Any:
    return api_for(student).post(BOOKINGS, body, headers={"Idempotency-Key": key})


def test_the_same_request_again_gets_the_same_answer(api_for: Api, alice: User, maria: User) -> None:
    first, second = (post(api_for, alice, wish(maria)) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert Booking.objects.count() == 1


def test_the_first_answer_stays_when_the_booking_has_changed(api_for: Api, alice: User, maria: User) -> None:
    first = post(api_for, alice, wish(maria))
    services.cancel_booking(booking_id=first.json()["id"], by=alice, reason="", now=NOW)
    assert post(api_for, alice, wish(maria)).content == first.content
    assert Booking.objects.count() == 1


def test_the_order_of_the_bodys_keys_does_not_matter(api_for: Api, alice: User, maria: User) -> None:
    first = post(api_for, alice, wish(maria))
    assert post(api_for, alice, dict(reversed(wish(maria).items()))).content == first.content


def test_another_body_under_the_key_is_refused(api_for: Api, alice: User, maria: User) -> None:
    post(api_for, alice, wish(maria))
    answer = post(api_for, alice, wish(maria, "11:00"))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_reused")
    assert Booking.objects.count() == 1


def test_another_students_key_is_another_key(api_for: Api, alice: User, bob: User, maria: User) -> None:
    assert post(api_for, alice, wish(maria)).status_code == 201
    assert post(api_for, bob, wish(maria, "11:00")).status_code == 201


def test_another_key_is_another_request(api_for: Api, alice: User, maria: User) -> None:
    assert post(api_for, alice, wish(maria)).status_code == 201
    assert post(api_for, alice, wish(maria), key="second-try").status_code == 400
    assert Booking.objects.count() == 1


def test_a_refusal_leaves_the_key_free(api_for: Api, alice: User, maria: User) -> None:
    assert post(api_for, alice, wish(maria, "20:00")).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert post(api_for, alice, wish(maria)).status_code == 201


def test_after_a_day_the_key_is_forgotten(api_for: Api, alice: User, maria: User) -> None:
    post(api_for, alice, wish(maria))
    with time_machine.travel(NOW + dt.timedelta(hours=23, minutes=59), tick=False):
        assert post(api_for, alice, wish(maria)).status_code == 201
    with time_machine.travel(NOW + dt.timedelta(hours=24), tick=False):
        assert post(api_for, alice, wish(maria)).json()["error"] == "Time slot is not available"


def test_old_keys_are_dropped_and_young_ones_kept(alice: User) -> None:
    for hours in (25, 24, 23):
        IdempotencyKey.objects.create(user=alice, key=str(hours), created_at=NOW - dt.timedelta(hours=hours))
    assert idempotency.forget(now=NOW) == 2
    assert IdempotencyKey.objects.get().key == "23"


@pytest.mark.parametrize("key", ["", "two words", "one,two", "x" * 256, "é", "tab\there"])
def test_a_key_that_is_none_is_refused(api_for: Api, alice: User, maria: User, key: str) -> None:
    answer = post(api_for, alice, wish(maria), key=key)
    assert (answer.status_code, list(answer.json()["details"])) == (400, ["Idempotency-Key"])
    assert not Booking.objects.exists()


@pytest.mark.parametrize("key", ["a", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!*"])
def test_any_visible_key_will_do(api_for: Api, alice: User, maria: User, key: str) -> None:
    assert post(api_for, alice, wish(maria), key=key).status_code == 201


def test_the_key_is_written_in_the_transaction_of_the_work(alice: User) -> None:
    def fail() -> None:
        assert IdempotencyKey.objects.exists()
        raise SlotUnavailable

    with pytest.raises(SlotUnavailable):
        idempotency.once(fail, sent=Sent("key", "body"), by=alice, now=NOW)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_the_work_once(alice: User) -> None:
    done, answers = [], []
    all_here = threading.Barrier(8)

    def work() -> str:
        done.append(threading.get_ident())
        return "the answer"

    def send() -> None:
        try:
            all_here.wait()
            answers.append(idempotency.once(work, sent=Sent("key", "body"), by=alice, now=NOW))
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["the answer"] * 8
    assert len(done) == 1
