"""Metrics: each move counts once, only when committed, and each request to Zoom with its outcome."""

import pytest
import requests
import responses
from django.db import transaction
from prometheus_client import REGISTRY

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, wish
from bookings.tests.zoom_parts import BASE, DETAILS, MEETING, TOKEN, fake_zoom, zoom_client
from bookings.zoom_client import ZoomError

CREATE = "POST /users/{}/meetings"


def moves() -> dict[Move, float]:
    return {move: REGISTRY.get_sample_value("bookings_moves_total", {"move": move}) or 0 for move in Move}


def made_since(before: dict[Move, float]) -> dict[Move, float]:
    return {move: count - before[move] for move, count in moves().items() if count != before[move]}


def calls(operation: str, result: str) -> float:
    return REGISTRY.get_sample_value("zoom_calls_total", {"operation": operation, "result": result}) or 0


def timed(operation: str) -> float:
    return REGISTRY.get_sample_value("zoom_call_seconds_count", {"operation": operation}) or 0


def test_each_move_is_counted_once(alice: User, maria: User, api_for: Api) -> None:
    before = moves()
    made = api_for(alice).post(BOOKINGS, wish(maria))
    one = f"{BOOKINGS}{made.json()['id']}/"
    for call, body in (("confirm", {}), ("reschedule", {"start_time": "2025-01-15T12:00:00Z"}), ("cancel", {})):
        assert api_for(maria).post(f"{one}{call}/", body).status_code == 200
    assert made_since(before) == {Move.REQUEST: 1, Move.CONFIRM: 1, Move.RESCHEDULE: 1, Move.CANCEL: 1}


def test_a_move_that_is_refused_is_not_counted(pending: Booking, alice: User, maria: User, api_for: Api) -> None:
    before = moves()
    assert api_for(alice).post(f"{BOOKINGS}{pending.id}/confirm/").status_code == 403
    assert api_for(maria).post(f"{BOOKINGS}{pending.id}/complete/").status_code == 400
    assert api_for(alice).post(BOOKINGS, wish(maria)).status_code == 400
    assert made_since(before) == {}


@pytest.mark.django_db(transaction=True)
def test_a_move_that_is_rolled_back_is_not_counted(pending: Booking, maria: User) -> None:
    before = moves()
    with transaction.atomic():
        services.cancel_booking(booking_id=pending.id, by=maria, reason="", now=at("10:00", day=10))
        assert made_since(before) == {}
        transaction.set_rollback(True)
    pending.refresh_from_db()
    assert pending.status == Status.PENDING
    assert made_since(before) == {}


@pytest.mark.parametrize("status", [201, 429, 500])
def test_a_request_to_zoom_is_counted_with_its_status(status: int) -> None:
    before = calls(CREATE, str(status)), timed(CREATE), timed("POST /oauth/token")
    with fake_zoom() as zoom:
        zoom.post(f"{BASE}/users/me/meetings", status=status, json=MEETING)
        create()
    assert (calls(CREATE, str(status)), timed(CREATE)) == (before[0] + 1, before[1] + 1)
    assert timed("POST /oauth/token") == before[2] + 1


def test_a_call_without_a_response_is_counted_as_no_answer() -> None:
    before = calls(CREATE, "no_answer"), timed(CREATE)
    with fake_zoom() as zoom:
        zoom.add(responses.POST, f"{BASE}/users/me/meetings", body=requests.ReadTimeout())
        create()
    assert (calls(CREATE, "no_answer"), timed(CREATE)) == (before[0] + 1, before[1] + 1)


def create() -> ZoomError | None:
    try:
        zoom_client().create_meeting("me", DETAILS)
    except ZoomError as error:
        return error
    return None


def test_no_label_names_a_host_a_meeting_or_a_token() -> None:
    with fake_zoom() as zoom:
        zoom.post(f"{BASE}/users/ana%40school.example/meetings", status=201, json=MEETING)
        zoom_client().create_meeting("ana@school.example", DETAILS)
        zoom.delete(f"{BASE}/meetings/91234567890", status=204)
        zoom_client().delete_meeting("91234567890")
    labels = {label for family in REGISTRY.collect() for sample in family.samples for label in sample.labels.values()}
    assert "DELETE /meetings/{}" in labels
    assert not [label for label in labels if any(word in label for word in ("ana", "91234567890", TOKEN))]


def test_a_count_that_fails_fails_neither_the_move_nor_the_request_to_zoom(
    pending: Booking, maria: User, api_for: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def disk_full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("bookings.metrics._MOVES.labels", disk_full)
    monkeypatch.setattr("bookings.metrics._ZOOM_CALLS.labels", disk_full)
    assert api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/").status_code == 200
    pending.refresh_from_db()
    assert pending.status == Status.CONFIRMED
    assert [record.message for record in caplog.records].count("A measurement was lost.") > 1
