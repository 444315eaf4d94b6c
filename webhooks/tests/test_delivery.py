"""webhooks.delivery: what is posted, with which signature, and what becomes of each answer."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.models import User
from bookings import jobs, services
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from outbox import backoff
from outbox.states import State
from testing.webhook_receiver import Receiver, Taken
from webhooks import sending
from webhooks.delivery import WebhookCourier
from webhooks.models import Delivery, Endpoint
from webhooks.writing import replay

pytestmark = pytest.mark.usefixtures("now")
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def deliver(now: dt.datetime = NOW) -> list[Delivery]:
    WebhookCourier().deliver_due(now=now)
    return list(Delivery.objects.order_by("id"))


def verified(taken: Taken, secret: str) -> dict[str, Any]:
    """The message, as the receivers' own library reads it. It checks the time, too."""
    message: dict[str, Any] = Webhook(secret).verify(taken.body, taken.headers)
    return message


@pytest.fixture
def asked(endpoint: Endpoint, alice: User, maria: User) -> Booking:
    """Alice's request: one event is due."""
    return services.request_booking(
        student=alice, teacher_id=maria.id, start=at("10:00"), duration=60, notes="Verbs", now=NOW
    )


def test_the_message_has_the_move_and_the_booking(asked: Booking, endpoint: Endpoint, receiver: Receiver) -> None:
    [delivery] = deliver()
    [taken] = receiver.taken
    assert taken.path == "/hooks?school=1"
    assert taken.headers["content-type"] == "application/json"
    assert taken.headers["webhook-id"] == delivery.webhook_id
    message = verified(taken, endpoint.secret)
    assert (message["type"], message["timestamp"]) == ("booking.requested", "2025-01-10T12:00:00Z")
    data = message["data"]
    assert (data["move"], data["by"], data["from"]) == ("request", "student", None)
    assert data["to"] == {
        "status": "PENDING",
        "start_time": "2025-01-15T10:00:00Z",
        "end_time": "2025-01-15T11:00:00Z",
    }
    booking = data["booking"]
    assert (booking["id"], booking["notes"], booking["student_name"]) == (str(asked.id), "Verbs", "Alice Adams")
    assert (delivery.state(NOW), delivery.last_status, delivery.attempts) == (State.DONE, 200, 1)


def test_the_message_has_no_link_and_no_passcode(asked: Booking, receiver: Receiver) -> None:
    deliver()
    booking = confirm(asked)
    deliver()
    text = receiver.taken[-1].body.decode()
    assert '"booking.confirmed"' in text
    assert str(booking.zoom_meeting_id) in text
    for secret in (str(booking.zoom_join_url), booking.zoom_password, "join_url", "can_cancel"):
        assert secret not in text


def test_a_reschedule_has_the_old_and_the_new_time(
    asked: Booking, maria: User, endpoint: Endpoint, receiver: Receiver
) -> None:
    deliver()
    services.reschedule_booking(booking_id=asked.id, by=maria, start=at("14:00"), duration=None, now=NOW)
    deliver()
    data = verified(receiver.taken[-1], endpoint.secret)["data"]
    assert (data["move"], data["by"]) == ("reschedule", "teacher")
    assert (data["from"]["start_time"], data["to"]["start_time"]) == ("2025-01-15T10:00:00Z", "2025-01-15T14:00:00Z")


def test_a_tampered_body_fails_verification(asked: Booking, endpoint: Endpoint, receiver: Receiver) -> None:
    deliver()
    taken = receiver.taken[0]
    with pytest.raises(WebhookVerificationError):
        verified(taken._replace(body=taken.body.replace(b"PENDING", b"CONFIRMED")), endpoint.secret)
    with pytest.raises(WebhookVerificationError):
        verified(taken, Endpoint().secret)


def test_the_former_secret_also_signs_for_a_day(asked: Booking, endpoint: Endpoint, receiver: Receiver) -> None:
    former = endpoint.secret
    endpoint.rotate(NOW - DAY + SECOND)
    deliver()
    for secret in (former, endpoint.secret):
        assert verified(receiver.taken[0], secret)
    Delivery.objects.replay(NOW)
    endpoint.refresh_from_db()
    assert endpoint.secret != former
    Endpoint.objects.update(former_until=NOW)
    deliver()
    assert verified(receiver.taken[1], endpoint.secret)
    with pytest.raises(WebhookVerificationError):
        verified(receiver.taken[1], former)


def test_an_error_is_tried_again_under_the_same_id(
    asked: Booking, endpoint: Endpoint, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 500
    [delivery] = deliver()
    assert delivery.webhook_id in caplog.text
    assert not any(word in caplog.text for word in (endpoint.secret, "school=1", "Alice"))
    assert (delivery.state(NOW), delivery.last_status) == (State.WAITING, 500)
    assert delivery.last_error == "The endpoint answered 500."
    assert NOW < delivery.due_at <= NOW + backoff.FIRST
    deliver()  # not before it is due
    receiver.status = 200
    [delivery] = deliver(delivery.due_at)
    assert delivery.state(NOW) == State.DONE
    assert [taken.headers["webhook-id"] for taken in receiver.taken] == [delivery.webhook_id] * 2


def test_pauses_grow_and_after_three_days_it_stops_with_its_reason(asked: Booking, receiver: Receiver) -> None:
    receiver.status, now, pauses = 503, NOW, []
    while (delivery := deliver(now)[0]).stopped_at is None:
        pauses.append(delivery.due_at - now)
        now = delivery.due_at
    assert pauses[0] <= dt.timedelta(seconds=30) < pauses[3] < pauses[-1] <= dt.timedelta(hours=1)
    assert NOW + 3 * DAY - dt.timedelta(hours=1) <= now <= NOW + 3 * DAY
    assert delivery.last_error == "The endpoint answered 503. It was tried for three days."
    assert len(receiver.taken) == delivery.attempts < 200
    assert deliver(now + 30 * DAY)[0].attempts == delivery.attempts


def test_retry_after_is_respected(asked: Booking, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "7200"}
    assert deliver()[0].due_at == NOW + dt.timedelta(hours=2)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure(status: int, asked: Booking, receiver: Receiver) -> None:
    receiver.status, receiver.headers = status, {"Location": f"{receiver.address}/elsewhere"}
    assert deliver()[0].last_error == f"The endpoint answered {status}."
    assert len(receiver.taken) == 1


def test_an_endpoint_that_hangs_is_asked_once_and_holds_up_no_other(
    asked: Booking, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, alice: User, maria: User
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    make_booking(alice, maria, start=at("12:00"))
    Delivery.objects.update(due_at=NOW)
    nobody = Endpoint.objects.create(url="http://127.0.0.1:1/")
    other = Delivery.objects.create(
        endpoint=nobody, event_type="endpoint.test", created_at=NOW, due_at=NOW + SECOND, give_up_at=NOW + DAY
    )
    receiver.hangs = True
    deliver(NOW + SECOND)
    assert len(receiver.taken) == 1
    of_endpoint = Delivery.objects.filter(endpoint=endpoint)
    assert {delivery.state(NOW + SECOND) for delivery in of_endpoint} == {State.WAITING}
    assert "There was no answer within 0.2 seconds." in {delivery.last_error for delivery in of_endpoint}
    other.refresh_from_db()
    assert other.attempts == 1


def test_gone_disables_the_endpoint_and_nothing_more_is_sent(
    asked: Booking, endpoint: Endpoint, receiver: Receiver
) -> None:
    confirm(asked, now=NOW + SECOND)
    receiver.status = 410
    first, second = deliver(NOW + SECOND)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason) == (False, f"It answered 410 Gone to {first.webhook_id}.")
    assert (first.state(NOW), first.last_status) == (State.STOPPED, 410)
    assert (second.state(NOW), second.last_error) == (State.DONE, "The endpoint is not active.")
    assert len(receiver.taken) == 1
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="", now=NOW)
    assert Delivery.objects.count() == 2


def test_a_private_address_is_refused_unless_a_setting_allows_it(
    asked: Booking, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    [delivery] = deliver()
    assert (delivery.last_error, delivery.last_status) == ("The address leads into a private network.", None)
    assert receiver.taken == []


def test_a_late_message_has_the_bookings_current_state(asked: Booking, endpoint: Endpoint, receiver: Receiver) -> None:
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="Ill", now=NOW + SECOND)
    deliver(NOW + SECOND)
    first, second = (verified(taken, endpoint.secret) for taken in receiver.taken)
    assert [message["type"] for message in (first, second)] == ["booking.requested", "booking.cancelled"]
    assert [message["data"]["booking"]["status"] for message in (first, second)] == ["CANCELLED", "CANCELLED"]
    assert first["data"]["to"]["status"] == "PENDING"
    assert second["data"]["reason"] == "Ill"


def test_a_replay_repeats_the_last_day_under_the_same_ids(
    asked: Booking, endpoint: Endpoint, receiver: Receiver
) -> None:
    confirm(asked, now=NOW + SECOND)
    Delivery.objects.filter(event_type="booking.requested").update(created_at=NOW - DAY)
    deliver(NOW + SECOND)
    assert replay(endpoint, now=NOW) == 1
    deliver(NOW)
    ids = [taken.headers["webhook-id"] for taken in receiver.taken]
    assert ids == [*(delivery.webhook_id for delivery in Delivery.objects.order_by("id")), ids[1]]


def test_a_delivery_in_progress_is_not_replayed(asked: Booking, endpoint: Endpoint) -> None:
    Delivery.objects.get().claim(NOW, dt.timedelta(minutes=1))
    assert replay(endpoint, now=NOW) == 0


def test_a_process_that_lost_its_lease_writes_nothing(
    asked: Booking, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    courier = WebhookCourier()
    job = courier.claim(courier.rows, NOW)
    assert job is not None
    Delivery.objects.get().claim(NOW + dt.timedelta(minutes=2), dt.timedelta(minutes=1))
    receiver.status = 410
    courier.attempt(job, NOW)
    delivery = Delivery.objects.get()
    assert (delivery.last_status, delivery.stopped_at, delivery.attempts) == (None, None, 2)
    assert Endpoint.objects.get().is_active


def test_the_due_jobs_post_it(asked: Booking, receiver: Receiver) -> None:
    jobs.run_all(lambda: NOW)
    assert len(receiver.taken) == 1
    assert Booking.objects.get().status == Status.PENDING
