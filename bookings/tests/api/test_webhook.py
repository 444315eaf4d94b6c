"""POST /api/bookings/zoom/webhook/: only Zoom is believed, and each event may come twice and in any order."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from conftest import NOW, Client

ADDRESS = "/api/bookings/zoom/webhook/"
SECRET = "secret-token-of-the-subscription"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def subscription(settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = SECRET


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def seconds(moment: dt.datetime) -> str:
    return str(int(moment.timestamp()))


@pytest.fixture
def send(api_for: Callable[[Any], Client]) -> Callable[..., Any]:
    def send(event: Any, *, timestamp: str = seconds(NOW), signed: str | None = None) -> Any:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {
            "x-zm-request-timestamp": timestamp,
            "x-zm-signature": signature(body, timestamp) if signed is None else signed,
        }
        return api_for(None).post(ADDRESS, body, content_type="application/json", headers=headers)

    return send


def session(start: dt.datetime, status: Status = Status.CONFIRMED) -> Booking:
    return make_booking(make_student(), make_teacher(), start=start, status=status)


def event(kind: str, booking: Booking, at: dt.datetime = NOW, *, as_number: bool = False) -> dict[str, Any]:
    number = booking.zoom_meeting_id
    assert number is not None
    meeting = {"id": int(number) if as_number else number, "uuid": "Zx/1=="}
    payload = {"account_id": "abc", "object": meeting}
    return {"event": kind, "event_ts": int(at.timestamp() * 1000), "payload": payload}


BEGUN = NOW - dt.timedelta(minutes=50)


def test_it_answers_the_validation_with_the_token_and_its_digest(send: Callable[..., Any]) -> None:
    answer = send({"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": "qgg8vlvZ"}})
    digest = hmac.new(SECRET.encode(), b"qgg8vlvZ", hashlib.sha256).hexdigest()
    assert (answer.status_code, answer.json()) == (200, {"plainToken": "qgg8vlvZ", "encryptedToken": digest})


@pytest.mark.parametrize("as_number", [True, False])
def test_a_meeting_that_ends_completes_its_session(send: Callable[..., Any], as_number: bool) -> None:
    booking = session(BEGUN)
    assert send(event("meeting.ended", booking, as_number=as_number)).status_code == 204
    booking.refresh_from_db()
    assert booking.status == Status.COMPLETED
    change = booking.changes.last()
    assert change is not None
    assert (change.by, change.reason) == (None, "The Zoom meeting ended")


@pytest.mark.parametrize(
    ("minutes", "started", "status"),
    [
        (2, None, Status.CONFIRMED),
        (40, None, Status.CONFIRMED),
        (44, 0, Status.CONFIRMED),
        (45, 0, Status.COMPLETED),
        (45, -10, Status.COMPLETED),
        (50, 10, Status.CONFIRMED),
        (55, 10, Status.COMPLETED),
        (60, 50, Status.COMPLETED),
        (90, None, Status.COMPLETED),
    ],
)
def test_a_meeting_that_ends_early_is_a_note(
    send: Callable[..., Any], minutes: int, started: int | None, status: Status
) -> None:
    """Of an hour. A dropped line is no lesson, and neither is what fits into a free account's 40 minutes."""
    booking = session(NOW - dt.timedelta(minutes=95))
    if started is not None:
        begun = booking.start_time + dt.timedelta(minutes=started)
        Booking.objects.filter(pk=booking.pk).update(meeting_started_at=begun)
    ended = booking.start_time + dt.timedelta(minutes=minutes)
    assert send(event("meeting.ended", booking, at=ended)).status_code == 204
    booking.refresh_from_db()
    assert (booking.status, booking.meeting_ended_at) == (status, ended)


def test_the_same_event_twice_has_one_effect(send: Callable[..., Any]) -> None:
    booking = session(BEGUN)
    told = event("meeting.ended", booking)
    assert [send(told).status_code for _ in range(3)] == [204] * 3
    assert booking.changes.filter(move="complete").count() == 1


def test_a_meeting_that_ended_before_its_session_completes_nothing(send: Callable[..., Any]) -> None:
    booking = session(BEGUN)
    assert send(event("meeting.ended", booking, at=BEGUN - dt.timedelta(minutes=1))).status_code == 204
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_a_meeting_that_starts_is_recorded_once(send: Callable[..., Any]) -> None:
    booking = session(BEGUN)
    send(event("meeting.started", booking, at=BEGUN))
    send(event("meeting.started", booking, at=NOW))
    booking.refresh_from_db()
    assert booking.meeting_started_at == BEGUN


def test_a_deleted_meeting_of_a_live_booking_is_left_to_the_outbox(send: Callable[..., Any]) -> None:
    booking = session(NOW + dt.timedelta(days=2))
    assert send(event("meeting.deleted", booking)).status_code == 204
    waiting = MeetingSync.objects.get()
    assert (waiting.booking, waiting.due_at, waiting.done_at, waiting.attempts) == (booking, NOW, None, 0)


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.COMPLETED])
def test_the_deletion_of_another_meeting_changes_nothing(send: Callable[..., Any], status: Status) -> None:
    booking = session(BEGUN, status)
    Booking.objects.filter(pk=booking.pk).update(zoom_meeting_id="123456789")
    booking.refresh_from_db()
    assert send(event("meeting.deleted", booking)).status_code == 204
    assert not MeetingSync.objects.exists()


@pytest.mark.parametrize(
    "told",
    [
        {"event": "meeting.ended", "payload": {"object": {"id": "99999999999"}}},
        {"event": "meeting.participant_joined", "payload": {"object": {"id": "84000000000"}}},
        {"event": "meeting.ended"},
        {"event": "meeting.ended", "payload": []},
        {"event": "meeting.ended", "payload": {"object": {"id": True}}},
        {"event": "meeting.ended", "payload": {"object": {"id": "٣٣"}}},
        {"event": ["meeting.ended"], "event_ts": "soon"},
        {"event": "meeting.ended", "event_ts": 10**40, "payload": {"object": {"id": 10**30}}},
        {},
    ],
)
def test_events_of_no_interest_are_acknowledged_and_ignored(send: Callable[..., Any], told: dict[str, Any]) -> None:
    booking = session(BEGUN)
    assert send(told).status_code == 204
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_a_signed_body_that_is_not_an_object_is_refused(send: Callable[..., Any], body: bytes) -> None:
    answer = send(body)
    assert answer.status_code in (204, 400)
    assert body == b"" or answer.json().keys() == {"error", "code"}


@pytest.mark.parametrize("minutes", [-121, 6, -60 * 24])
def test_an_old_or_early_message_is_refused(send: Callable[..., Any], minutes: int) -> None:
    booking = session(BEGUN)
    answer = send(event("meeting.ended", booking), timestamp=seconds(NOW + dt.timedelta(minutes=minutes)))
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


@pytest.mark.parametrize("stamp", [seconds(NOW), seconds(NOW - dt.timedelta(minutes=85)), seconds(NOW) + "000"])
def test_seconds_and_milliseconds_are_understood(send: Callable[..., Any], stamp: str) -> None:
    assert send({"event": "meeting.started"}, timestamp=stamp).status_code == 204


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "١٧٣٦", "9" * 5000, "1.5"])
def test_a_malformed_timestamp_is_refused(send: Callable[..., Any], stamp: str) -> None:
    assert send({"event": "meeting.started"}, timestamp=stamp).status_code == 401


@pytest.mark.parametrize("signed", ["", "v0=", "v0=" + "0" * 64, "é", "v1=abc"])
def test_another_signature_is_refused(send: Callable[..., Any], signed: str) -> None:
    booking = session(BEGUN)
    answer = send(event("meeting.ended", booking), signed=signed)
    assert answer.status_code == 401
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_the_signature_covers_the_raw_body(send: Callable[..., Any]) -> None:
    body = json.dumps(event("meeting.ended", session(BEGUN))).encode()
    assert send(body + b" ", signed=signature(body, seconds(NOW))).status_code == 401


def test_without_a_configured_secret_every_event_is_refused(send: Callable[..., Any], settings: Settings) -> None:
    settings.ZOOM_WEBHOOK_SECRET_TOKEN = ""
    body = json.dumps(event("meeting.ended", session(BEGUN))).encode()
    assert send(body, signed=signature(body, seconds(NOW), secret="")).status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_is_allowed(api_for: Callable[[Any], Client], method: str) -> None:
    assert getattr(api_for(None), method)(ADDRESS).status_code == 405
