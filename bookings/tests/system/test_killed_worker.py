"""A Celery worker that is killed while it handles an event: another takes over, and no meeting is created twice."""

import contextlib
import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction

from accounts.factories import make_student, make_teacher
from bookings import tasks
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from bookings.tests.process_parts import START, assert_at_rest, cancelled_unnoticed, time_passes
from bookings.tests.system.celery_parts import LABEL, LONG_AGO, celery, send
from outbox.tasks import deliver
from testing.processes import kill, until
from testing.site import Site
from testing.zoom_server import Hold

pytestmark = pytest.mark.production


def cancelled(here: Site) -> MeetingSync:
    """Its meeting must go."""
    cancelled_unnoticed(here, 1)
    return MeetingSync.objects.get()


def moved(here: Site) -> MeetingSync:
    """Its meeting is still at another time."""
    event = lost(here)
    Booking.objects.update(zoom_meeting_id=str(here.zoom.meetings.add(agenda=f"{event.booking_id}")))
    return event


def lost(here: Site) -> MeetingSync:
    """Its meeting was deleted at Zoom by hand: it needs another."""
    booking = make_booking(make_student(), make_teacher(), start=START, status=Status.CONFIRMED)
    return MeetingSync.objects.create(booking=booking, created_at=LONG_AGO, due_at=LONG_AGO)


WORK = {"delete": cancelled, "update": moved, "create": lost}
LATE = "before the second commit"
# None: the operation itself.
AT = {"before the call": ("before", "token"), "after the work at Zoom": ("after", None), LATE: ("after", None)}


def kill_at(moment: str, operation: str, here: Site, broker: str) -> MeetingSync:
    """Kill a worker with all its processes while it handles this event."""
    event, hold = WORK[operation](here), Hold()
    when, other = AT[moment]
    getattr(here.zoom, when)[other or operation] = hold
    with celery(here, broker, "one") as worker:
        send(broker, deliver, LABEL, event.pk)
        assert hold.reached.wait(30)
        assert here.zoom.waiting() == 1
        with answered(here, event, hold) if moment == LATE else contextlib.nullcontext():
            kill(worker)
        # The process that was at work is dead too: it has hung up.
        until(lambda: not here.zoom.waiting())
        hold.release()
        here.zoom.recover()
    event.refresh_from_db()
    return event


@contextlib.contextmanager
def answered(here: Site, event: MeetingSync, hold: Hold) -> Iterator[None]:
    """While the worker has Zoom's answer, and waits for the row of the booking to write it down."""
    with transaction.atomic():
        Booking.objects.select_for_update().get(pk=event.booking_id)
        hold.release()
        here.zoom.recover()
        yield


@pytest.mark.parametrize("operation", WORK)
@pytest.mark.parametrize("moment", AT)
def test_the_event_of_a_killed_worker_is_taken_over_after_its_lease(
    moment: str, operation: str, here: Site, broker: str
) -> None:
    event = kill_at(moment, operation, here, broker)
    assert event.done_at is None
    assert event.leased_until is not None
    assert event.leased_until > dt.datetime.now(dt.UTC)
    time_passes()
    here.work()
    assert_at_rest(here)
    assert here.zoom.count("create") == (operation == "create")


def test_another_worker_takes_over_from_one_that_was_killed(here: Site, broker: str) -> None:
    event = kill_at("after the work at Zoom", "create", here, broker)
    time_passes()
    with celery(here, broker, "two"):
        send(broker, tasks.run_due_jobs)
        until(lambda: MeetingSync.objects.filter(pk=event.pk, fence=event.fence + 1, leased_until=None).exists())
    assert_at_rest(here)
    assert here.zoom.count("create") == 1
