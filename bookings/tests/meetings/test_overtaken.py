"""Deliveries: what a slow process may still do after its lease, and whose link is kept."""

import datetime as dt

import pytest

from bookings import services
from bookings.errors import ZoomFailed
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW

LEASE = dt.timedelta(seconds=60)

pytestmark = pytest.mark.usefixtures("now")


def confirm(booking: Booking) -> Booking:
    return services.confirm_booking(booking_id=booking.id, by=booking.teacher, now=NOW)


def test_a_late_change_of_a_slow_worker_is_corrected(pending: Booking, zoom: FakeZoom) -> None:
    booking = confirm(pending)
    event = MeetingSync.objects.create(booking=booking, created_at=NOW, due_at=NOW)

    def overtake() -> None:
        start = at("14:00")
        services.reschedule_booking(booking_id=booking.id, by=booking.teacher, start=start, duration=None, now=NOW)
        delivery.deliver(event.pk, now=NOW + LEASE)

    zoom.meanwhile("PATCH", overtake)
    delivery.deliver(event.pk, now=NOW)
    [meeting] = zoom.meetings.values()
    assert meeting["start_time"] == "2025-01-15T10:00:00Z"

    delivery.deliver_due(now=NOW + LEASE + delivery.GRACE)
    [meeting] = zoom.meetings.values()
    assert meeting["start_time"] == "2025-01-15T14:00:00Z"
    assert not MeetingSync.objects.open().exists()


def test_a_link_in_use_stays_while_zooms_list_lags(
    pending: Booking, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoom.fail("POST", Failure(status=500))
    with pytest.raises(ZoomFailed):
        confirm(pending)
    link = confirm(pending).zoom_join_url
    with monkeypatch.context() as patched:
        patched.setattr(zoom.meetings, "listed", list)
        delivery.deliver_due(now=NOW + delivery.GRACE / 2)
    pending.refresh_from_db()
    assert pending.zoom_join_url == link
    assert len(zoom.meetings) == 1
