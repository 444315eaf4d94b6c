"""outbox.clock: leases and due times go by the database's clock, whatever a process's own shows."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from bookings import services
from bookings.errors import Refused
from bookings.factories import make_booking, make_hours
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from outbox import clock

DAY = dt.timedelta(days=1)


@pytest.fixture
def shared_clock(settings: Settings, db: None) -> dt.datetime:
    """The database's time, with the rule on."""
    settings.OUTBOX_USES_DATABASE_CLOCK = True
    if connection.vendor != "postgresql":
        # Its processes share a machine: there is no other clock.
        before = dt.datetime(2126, 1, 1, tzinfo=dt.UTC)
        assert clock.shared(before) == before
    return clock.now()


@pytest.fixture
def confirmed(db: None) -> Booking:
    teacher = make_teacher()
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday, start="00:00", end="00:00")
    start = dt.datetime(2126, 1, 7, 10, tzinfo=dt.UTC)
    return make_booking(make_student(), teacher, start=start, status=Status.CONFIRMED)


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


@pytest.mark.parametrize("ahead", [DAY, -DAY])
def test_a_due_time_is_the_databases(ahead: dt.timedelta, confirmed: Booking, shared_clock: dt.datetime) -> None:
    """A process whose clock is wrong by a day leaves nothing that waits for a day, or that looks a day late."""
    with time_machine.travel(shared_clock + ahead, tick=False):
        services.cancel_booking(booking_id=confirmed.id, by=confirmed.student, reason="", now=shared_clock + ahead)
        expected = shared_clock if on_postgresql() else shared_clock + ahead
    assert abs(MeetingSync.objects.get().due_at - expected) < dt.timedelta(minutes=1)


def test_a_claim_of_a_process_that_is_a_day_ahead_holds_for_its_lease(
    confirmed: Booking, shared_clock: dt.datetime
) -> None:
    if not on_postgresql():
        return
    Booking.objects.update(status=Status.PENDING, zoom_meeting_id=None)
    claims: list[dt.datetime | None] = []
    with time_machine.travel(shared_clock + DAY, tick=False), pytest.MonkeyPatch.context() as patched:

        def agree(*_: object) -> None:
            claims.append(MeetingSync.objects.get().leased_until)
            raise Refused("Enough")

        patched.setattr(delivery.MeetingCourier, "agree", agree)
        with pytest.raises(Refused):
            services.confirm_booking(booking_id=confirmed.id, by=confirmed.teacher, now=shared_clock + DAY)
    [leased_until] = claims
    assert leased_until is not None
    assert leased_until - shared_clock < delivery.lease() + dt.timedelta(minutes=1)


def test_a_worker_whose_clock_is_ahead_leaves_a_lease_alone(confirmed: Booking, shared_clock: dt.datetime) -> None:
    if not on_postgresql():
        return
    until = shared_clock + dt.timedelta(minutes=5)
    row = MeetingSync.objects.create(
        booking=confirmed, created_at=shared_clock, due_at=shared_clock, leased_until=until
    )
    with time_machine.travel(shared_clock + DAY, tick=False):
        assert delivery.deliver_due(now=clock.now()) == 0
    row.refresh_from_db()
    assert (row.fence, row.leased_until) == (0, until)
