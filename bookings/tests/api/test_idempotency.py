"""Idempotency-Key on every POST: sent again, the same answer; nothing is done twice."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from bookings import services
from bookings.errors import Refused, SlotUnavailable
from bookings.factories import make_booking
from bookings.models import Booking, IdempotencyKey
from bookings.services import idempotency
from bookings.services.idempotency import Answer, Sent
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, nothing_changes, refused
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW, Client


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


def test_another_body_with_the_same_key_is_refused(api_for: Api, alice: User, maria: User) -> None:
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


def test_a_refused_request_does_not_use_up_the_key(api_for: Api, alice: User, maria: User) -> None:
    assert post(api_for, alice, wish(maria, "20:00")).status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert post(api_for, alice, wish(maria)).status_code == 201


def test_after_a_day_the_key_is_forgotten(api_for: Api, alice: User, maria: User) -> None:
    post(api_for, alice, wish(maria))
    with time_machine.travel(NOW + dt.timedelta(hours=23, minutes=59), tick=False):
        assert post(api_for, alice, wish(maria)).status_code == 201
    with time_machine.travel(NOW + dt.timedelta(hours=24), tick=False):
        assert post(api_for, alice, wish(maria)).json()["error"] == "Time slot is not available"


@pytest.mark.parametrize("key", ["", "two words", "one,two", "x" * 256, "é", "tab\there"])
def test_a_malformed_key_is_refused(api_for: Api, alice: User, maria: User, key: str) -> None:
    answer = post(api_for, alice, wish(maria), key=key)
    assert (answer.status_code, list(answer.json()["details"])) == (400, ["Idempotency-Key"])
    assert not Booking.objects.exists()


@pytest.mark.parametrize("key", ["a", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!*"])
def test_any_visible_key_will_do(api_for: Api, alice: User, maria: User, key: str) -> None:
    assert post(api_for, alice, wish(maria), key=key).status_code == 201


def test_the_key_is_written_in_the_transaction_of_the_work(alice: User) -> None:
    def fail() -> Answer:
        assert IdempotencyKey.objects.exists()
        raise SlotUnavailable

    with pytest.raises(SlotUnavailable):
        idempotency.once(fail, sent=Sent("key", "body"), by=alice, now=NOW)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_the_work_once(alice: User) -> None:
    done, answers = [], []
    all_here = threading.Barrier(8)

    def work() -> Answer:
        done.append(threading.get_ident())
        return Answer("the answer")

    def send() -> None:
        try:
            all_here.wait()
            answers.append(idempotency.once(work, sent=Sent("key", "body"), by=alice, now=NOW).body)
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


# --- Other POSTs than requests ----------------------------------------------------------------------------------------


def again(client: Client, path: str, body: Any = None) -> tuple[Any, Any]:
    """The answers to a POST that is sent twice under one key."""
    first, second = (client.post(path, body, headers={"Idempotency-Key": "a-key"}) for _ in range(2))
    return first, second


@pytest.mark.parametrize(
    ("who", "move", "body"),
    [
        ("maria", "confirm", None),
        ("maria", "decline", {"reason": "Ill"}),
        ("alice", "cancel", {"reason": "Ill"}),
        ("alice", "reschedule", {"start_time": "2025-01-15T14:00:00Z"}),
    ],
)
def test_a_repeated_move_is_made_once(
    who: str, move: str, body: Any, pending: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    first, second = again(client, f"{BOOKINGS}{pending.id}/{move}/", body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
    assert pending.changes.count() == 2


def test_a_session_is_completed_once(alice: User, maria: User, api_for: Api) -> None:
    begun = make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)
    first, second = again(api_for(maria), f"{BOOKINGS}{begun.id}/complete/", {"outcome": "student_absent"})
    assert first.json() == second.json()
    assert begun.changes.filter(move=Move.COMPLETE).count() == 1


@pytest.mark.parametrize(
    ("who", "path", "body"),
    [
        ("maria", "/api/bookings/availability/", {"day_of_week": 1, "start_time": "09:00", "end_time": "17:00"}),
        (
            "maria",
            "/api/bookings/time-off/",
            {"start_time": "2025-01-20T09:00:00Z", "end_time": "2025-01-20T12:00:00Z"},
        ),
        ("alice", "/api/bookings/feedback/", {"rating": 5}),
    ],
)
def test_a_repeated_create_has_one_effect_and_the_same_location(
    who: str, path: str, body: Any, completed: Booking, api_for: Api, request: pytest.FixtureRequest
) -> None:
    if "rating" in body:
        body = body | {"booking_id": str(completed.id)}
    first, second = again(api_for(request.getfixturevalue(who)), path, body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["Location"] == second.headers["Location"] == f"{path}{first.json()['id']}/"


def test_a_key_belongs_to_one_address(pending: Booking, alice: User, api_for: Api) -> None:
    headers = {"Idempotency-Key": "a-key"}
    assert api_for(alice).post(f"{BOOKINGS}{uuid.uuid4()}/cancel/", headers=headers).status_code == 404
    assert api_for(alice).post(f"{BOOKINGS}{pending.id}/cancel/", headers=headers).status_code == 200
    with nothing_changes():
        answer = api_for(alice).post(f"{BOOKINGS}{pending.id}/decline/", headers=headers)
    sentence = "This Idempotency-Key was sent before to another address"
    assert refused(answer, 400, sentence, "idempotency_key_reused")


def test_a_response_stored_by_an_earlier_version_is_replayed(
    pending: Booking, alice: User, maria: User, api_for: Api
) -> None:
    sent = Sent.of("old", wish(maria), path="")
    IdempotencyKey.objects.create(
        user=alice, key="old", fingerprint=sent.fingerprint, answer='{"id": "old"}', created_at=NOW
    )
    answer = post(api_for, alice, wish(maria), key="old")
    assert (answer.status_code, answer.json()) == (201, {"id": "old"})


def test_a_failure_of_zoom_does_not_use_up_the_key(pending: Booking, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400))
    first, second = again(api_for(maria), f"{BOOKINGS}{pending.id}/confirm/")
    assert (first.status_code, second.status_code) == (500, 200)
    assert "Idempotent-Replayed" not in second.headers
    assert len(zoom.meetings) == 1


def test_a_confirmation_in_progress_is_not_started_again(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    path, answers = f"{BOOKINGS}{pending.id}/confirm/", []
    headers = {"Idempotency-Key": "a-key"}
    zoom.meanwhile("POST", lambda: answers.append(api_for(maria).post(path, headers=headers)))
    assert api_for(maria).post(path, headers=headers).status_code == 200
    sentence = "The first request under this key is still being worked on"
    assert refused(answers[0], 400, sentence, "idempotency_key_in_use")
    assert zoom.count("POST") == 1


def test_a_claim_whose_process_died_is_taken_over(pending: Booking, maria: User, api_for: Api) -> None:
    path = f"{BOOKINGS}{pending.id}/confirm/"
    sent = Sent.of("a-key", {}, path=path)
    row = IdempotencyKey.objects.create(
        user=maria, key="a-key", fingerprint=sent.fingerprint, path=path, created_at=NOW - dt.timedelta(seconds=119)
    )
    assert api_for(maria).post(path, headers={"Idempotency-Key": "a-key"}).json()["code"] == "idempotency_key_in_use"
    IdempotencyKey.objects.filter(pk=row.pk).update(created_at=NOW - dt.timedelta(seconds=120))
    assert api_for(maria).post(path, headers={"Idempotency-Key": "a-key"}).status_code == 200
