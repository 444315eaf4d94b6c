"""bookings.meetings.pacing: Zoom lets a host make and change 100 meetings a day."""

import datetime as dt

import pytest

from accounts.models import User
from bookings.errors import ZoomFailed
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import cancelled, confirm, due
from conftest import NOW

# And a minute, because clocks differ.
MIDNIGHT = dt.datetime(2025, 1, 11, 0, 1, tzinfo=dt.UTC)
DAY_IS_OVER = Failure(
    status=429,
    body={
        "code": 429,
        "message": "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests.",
    },
)

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def other(alice: User, maria: User, zoom: FakeZoom) -> Booking:
    """Another confirmed booking, of the same host."""
    booking = make_booking(alice, maria, start=at("15:00"))
    return confirm(booking)


def test_when_a_hosts_day_is_over_its_other_changes_wait_for_midnight(
    meeting: Booking, other: Booking, zoom: FakeZoom
) -> None:
    first, second = due(meeting), due(other)
    zoom.fail("PATCH", DAY_IS_OVER)

    assert delivery.deliver_due(now=NOW) == 1

    assert zoom.count("PATCH") == 1
    assert set(MeetingSync.objects.open().values_list("pk", "due_at")) == {(first.pk, MIDNIGHT), (second.pk, MIDNIGHT)}
    assert delivery.deliver_due(now=MIDNIGHT) == 2
    assert not MeetingSync.objects.open().exists()


def test_a_confirmation_that_hits_the_daily_limit_postpones_other_events(
    meeting: Booking, alice: User, maria: User, zoom: FakeZoom
) -> None:
    event = due(meeting)
    zoom.fail("POST", DAY_IS_OVER)
    with pytest.raises(ZoomFailed):
        confirm(make_booking(alice, maria, start=at("15:00")))
    event.refresh_from_db()
    assert event.due_at == MIDNIGHT


def test_at_the_daily_limit_deletes_continue(meeting: Booking, other: Booking, zoom: FakeZoom) -> None:
    due(meeting)
    due(cancelled(other))
    zoom.fail("PATCH", DAY_IS_OVER)
    assert delivery.deliver_due(now=NOW) == 2
    assert zoom.count("DELETE") == 1


def test_other_hosts_do_not_wait(meeting: Booking, other: Booking, zoom: FakeZoom) -> None:
    Booking.objects.filter(pk=other.pk).update(zoom_host="somebody@example.com")
    due(meeting)
    due(other)
    zoom.fail("PATCH", DAY_IS_OVER)
    assert delivery.deliver_due(now=NOW) == 2
    assert zoom.count("PATCH") == 2
    # Rows that are due at the same moment come in any order.
    assert "daily rate limit" in MeetingSync.objects.open().get().last_error


@pytest.mark.parametrize("failure", [Failure(status=503), Failure(status=429, headers={"Retry-After": "2"})])
def test_a_temporary_failure_postpones_only_its_event(
    failure: Failure, meeting: Booking, other: Booking, zoom: FakeZoom
) -> None:
    due(meeting)
    due(other)
    zoom.fail("PATCH", failure)
    assert delivery.deliver_due(now=NOW) == 2
    assert MeetingSync.objects.open().count() == 1


def test_a_row_claimed_by_another_worker_is_left_alone(meeting: Booking, other: Booking, zoom: FakeZoom) -> None:
    due(meeting)
    leased = due(other)
    MeetingSync.objects.filter(pk=leased.pk).update(leased_until=NOW + dt.timedelta(seconds=60), due_at=NOW)
    zoom.fail("PATCH", DAY_IS_OVER)
    assert delivery.deliver_due(now=NOW) == 1
    leased.refresh_from_db()
    assert leased.due_at == NOW
    assert other.status == Status.CONFIRMED
