"""Trying events of the outbox again, in the admin."""

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings import outbox
from bookings.models import Booking, OutboxEvent
from bookings.tests.conftest import nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import NOW

LIST = "bookings/outboxevent/"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def stopped(pending: Booking, zoom: FakeZoom) -> OutboxEvent:
    """The event of a cancelled booking whose meeting Zoom refused to delete, until it was given up."""
    booking = outbox.confirm_booking(booking_id=pending.id, by=pending.teacher, now=NOW)
    booking.cancel(by=None, now=NOW, reason="")
    return OutboxEvent.objects.create(
        booking=booking, created_at=NOW, due_at=NOW, stopped_at=NOW, refusals=3, last_error="Validation Failed."
    )


def retry(user: User, event: OutboxEvent) -> list[str]:
    page = AdminClient(user).send(LIST, action="retry", _selected_action=[str(event.pk)], index="0")
    return told(page)


def test_a_retry_delivers_what_had_stopped(root: User, stopped: OutboxEvent, zoom: FakeZoom) -> None:
    [message] = retry(root, stopped)
    assert message.endswith("Zoom agrees now.")
    assert zoom.meetings == {}
    stopped.refresh_from_db()
    assert stopped.done_at is not None


def test_a_retry_that_fails_tells_why(root: User, stopped: OutboxEvent, zoom: FakeZoom) -> None:
    zoom.fail("DELETE", Failure(status=400))
    [message] = retry(root, stopped)
    assert message.endswith("Validation Failed.")
    assert len(zoom.meetings) == 1
    stopped.refresh_from_db()
    assert (stopped.done_at, stopped.stopped_at, stopped.refusals) == (None, None, 1)


def test_what_has_stopped_can_be_listed(root: User, stopped: OutboxEvent) -> None:
    page = AdminClient(root).page(f"{LIST}?stopped_at__isempty=0")
    assert list(page.context["cl"].result_list) == [stopped]


def test_a_teacher_cannot_retry(maria: User, stopped: OutboxEvent, zoom: FakeZoom) -> None:
    with nothing_changes():
        path, fields = f"/admin/{LIST}", {"action": "retry", "_selected_action": [str(stopped.pk)], "index": "0"}
        assert AdminClient(maria).post(path, fields).status_code == 403
    assert len(zoom.meetings) == 1
