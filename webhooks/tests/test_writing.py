"""webhooks.writing: every move writes a delivery for each active endpoint, in the move's own transaction."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookings import services
from bookings.errors import Refused
from bookings.models import Booking
from bookings.states import Move, Outcome
from bookings.tests.conftest import at
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from webhooks.events import TYPES
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return Endpoint.objects.create(url="https://example.com/hooks")


def request(student: User, teacher: User, time: str = "10:00") -> Booking:
    return services.request_booking(
        student=student, teacher_id=teacher.id, start=at(time), duration=60, notes="", now=NOW
    )


def types() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("event_type", flat=True))


def test_every_move_has_a_type() -> None:
    assert set(TYPES) == set(Move)


def test_each_move_writes_its_event(endpoint: Endpoint, alice: User, maria: User) -> None:
    booking = request(alice, maria)
    confirm(booking)
    services.reschedule_booking(booking_id=booking.id, by=maria, start=at("14:00"), duration=None, now=NOW)
    services.complete_booking(booking_id=booking.id, by=maria, now=at("15:00"))
    services.correct_outcome(booking_id=booking.id, by=maria, outcome=Outcome.STUDENT_ABSENT, now=at("15:00"))
    moves = ("requested", "confirmed", "rescheduled", "completed", "corrected")
    assert types() == [f"booking.{move}" for move in moves]


def test_declining_and_cancelling_write_their_events(endpoint: Endpoint, alice: User, maria: User) -> None:
    services.decline_booking(booking_id=request(alice, maria).id, by=maria, reason="", now=NOW)
    services.cancel_booking(booking_id=request(alice, maria).id, by=alice, reason="", now=NOW)
    assert types()[1::2] == ["booking.declined", "booking.cancelled"]


def test_each_active_endpoint_gets_a_message_of_its_own(endpoint: Endpoint, alice: User, maria: User) -> None:
    second = Endpoint.objects.create(url="https://example.org/hooks")
    Endpoint.objects.create(url="https://example.net/hooks", is_active=False)
    request(alice, maria)
    deliveries = list(Delivery.objects.order_by("id"))
    assert [delivery.endpoint for delivery in deliveries] == [endpoint, second]
    assert len({delivery.message_id for delivery in deliveries}) == 2
    assert {delivery.due_at for delivery in deliveries} == {NOW}


def test_a_refused_move_writes_nothing(endpoint: Endpoint, alice: User, maria: User) -> None:
    booking = request(alice, maria)
    with pytest.raises(Refused):
        services.complete_booking(booking_id=booking.id, by=maria, now=NOW)
    assert types() == ["booking.requested"]


def statements_of_a_move(student: User, teacher: User, time: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        request(student, teacher, time)
    return len(captured)


def test_without_endpoints_a_move_costs_no_statement_more_and_with_many_one(alice: User, maria: User) -> None:
    request(alice, maria, "09:00")  # afterwards all is prepared
    without = statements_of_a_move(alice, maria, "10:00")
    endpoints = Endpoint.objects.bulk_create(Endpoint(url=f"https://example.com/{number}") for number in range(20))
    assert statements_of_a_move(alice, maria, "11:00") == without + 1
    assert Delivery.objects.count() == 20
    Endpoint.objects.filter(id=endpoints[0].id).update(is_active=False)
    request(alice, maria, "12:00")
    assert Delivery.objects.count() == 39
