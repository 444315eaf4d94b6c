"""privacy.retention: what is over is removed after its days, in batches, and nothing else is."""

import datetime as dt

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from bookings import jobs
from bookings.factories import make_booking
from bookings.models import Booking, BookingChange, IdempotencyKey, MeetingSync
from bookings.states import Status
from conftest import NOW
from notifications.kinds import Kind
from notifications.models import Message
from privacy.retention import PAUSE, RULES, remove_expired
from webhooks.events import TEST
from webhooks.models import Delivery, Endpoint

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def make_sync(booking: Booking, at: dt.datetime) -> MeetingSync:
    return MeetingSync.objects.create(booking=booking, created_at=at, due_at=at, done_at=at)


def make_message(booking: Booking, at: dt.datetime) -> Message:
    fields = {"booking": booking, "kind": Kind.CONFIRMED, "recipient": booking.student}
    return Message.objects.create(
        **fields, booking_version=Message.objects.count(), created_at=at, due_at=at, done_at=at
    )


def make_key(booking: Booking, at: dt.datetime) -> IdempotencyKey:
    return IdempotencyKey.objects.create(user=booking.student, key=at.isoformat(), created_at=at)


def make_entry(booking: Booking, at: dt.datetime) -> LogEntry:
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.create(user=booking.teacher, content_type=kind, action_flag=CHANGE, action_time=at)


def make_delivery(booking: Booking, at: dt.datetime) -> Delivery:
    endpoint = Endpoint.objects.create(url="https://example.com/")
    return Delivery.objects.create(
        endpoint=endpoint, event_type=TEST, created_at=at, due_at=at, done_at=at, give_up_at=at
    )


MAKERS = {
    "KEEP_WEBHOOK_DELIVERIES_DAYS": make_delivery,
    "KEEP_ZOOM_SYNCS_DAYS": make_sync,
    "KEEP_MESSAGES_DAYS": make_message,
    "KEEP_IDEMPOTENCY_KEYS_DAYS": make_key,
    "KEEP_ADMIN_LOG_DAYS": make_entry,
}


@pytest.fixture
def over(alice: User, maria: User) -> Booking:
    """A session of long ago, without the rows that its moves wrote."""
    booking = make_booking(alice, maria, start=NOW - 1000 * DAY, status=Status.COMPLETED)
    Message.objects.all().delete()
    return booking


def test_every_kind_but_the_history_has_a_maker() -> None:
    assert {rule.setting for rule in RULES} == {*MAKERS, "KEEP_BOOKING_CHANGES_DAYS"}


@pytest.mark.parametrize("setting", MAKERS)
def test_rows_older_than_their_days_are_deleted_and_others_stay(
    setting: str, over: Booking, settings: Settings
) -> None:
    setattr(settings, setting, 10)
    old, young = (MAKERS[setting](over, NOW - age) for age in (10 * DAY, 10 * DAY - SECOND))
    assert remove_expired(now=NOW) == 1
    model: type[Model] = type(old)
    assert [row.pk for row in model._default_manager.all()] == [young.pk]


@pytest.mark.parametrize("setting", MAKERS)
def test_zero_days_keep_rows_for_ever(setting: str, over: Booking, settings: Settings) -> None:
    setattr(settings, setting, 0)
    row = MAKERS[setting](over, NOW - 1000 * DAY)
    assert remove_expired(now=NOW) == 0
    row.refresh_from_db()


def test_rows_with_work_left_stay(over: Booking) -> None:
    long_ago = NOW - 1000 * DAY
    MeetingSync.objects.create(booking=over, created_at=long_ago, due_at=long_ago, stopped_at=long_ago)
    Message.objects.create(
        booking=over,
        kind=Kind.CONFIRMED,
        recipient=over.student,
        booking_version=1,
        created_at=long_ago,
        due_at=long_ago,
    )
    assert remove_expired(now=NOW) == 0
    assert (MeetingSync.objects.count(), Message.objects.count()) == (1, 1)


def test_the_history_stays_unless_it_is_asked_for(over: Booking, settings: Settings) -> None:
    before = BookingChange.objects.count()
    assert remove_expired(now=NOW) == 0
    settings.KEEP_BOOKING_CHANGES_DAYS = 900
    assert remove_expired(now=NOW + PAUSE) == before
    assert Booking.objects.get().status == Status.COMPLETED


def test_the_history_of_a_session_that_is_not_over_stays(alice: User, maria: User, settings: Settings) -> None:
    settings.KEEP_BOOKING_CHANGES_DAYS = 1
    booking = make_booking(alice, maria, start=NOW + DAY)
    BookingChange.objects.update(at=NOW - 300 * DAY)
    assert remove_expired(now=NOW) == 0
    assert booking.changes.exists()


def test_a_round_removes_batch_after_batch_and_the_next_comes_in_an_hour(over: Booking) -> None:
    for number in range(7):
        make_key(over, NOW - 30 * DAY - number * SECOND)
    assert [remove_expired(now=NOW, most=3) for _ in range(4)] == [3, 3, 1, 0]
    make_key(over, NOW - 30 * DAY)
    assert remove_expired(now=NOW + PAUSE - SECOND) == 0
    assert remove_expired(now=NOW + PAUSE) == 1


def test_it_is_among_the_due_jobs(over: Booking) -> None:
    make_key(over, NOW - 30 * DAY)
    jobs.run_all(lambda: NOW)
    assert not IdempotencyKey.objects.exists()


def test_while_nothing_is_due_it_costs_one_statement(
    over: Booking, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    remove_expired(now=NOW)
    with django_assert_num_queries(1):
        assert remove_expired(now=NOW + SECOND) == 0
