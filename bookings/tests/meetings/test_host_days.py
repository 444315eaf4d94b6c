"""bookings.meetings.pacing: one person who moves a booking again and again does not spend a host's day."""

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from bookings import services
from bookings.errors import Refused
from bookings.factories import make_booking
from bookings.meetings import delivery, pacing
from bookings.models import Booking, HostDay, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import cancelled, confirm, due
from conftest import NOW

pytestmark = pytest.mark.usefixtures("now")

SECOND = dt.timedelta(seconds=1)

Moves = Callable[[int, dt.datetime], None]


@pytest.fixture
def move(meeting: Booking, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Moves:
    """Move the booking, as its student, and let what follows from that happen."""

    def move(number: int, now: dt.datetime) -> None:
        start = at(("10:00", "11:30", "13:00", "14:30")[number % 4])
        with django_capture_on_commit_callbacks(execute=True):
            services.reschedule_booking(booking_id=meeting.id, by=meeting.student, start=start, duration=None, now=now)

    return move


def test_ninety_nine_moves_in_a_minute_cost_the_host_few_changes(
    meeting: Booking, zoom: FakeZoom, settings: Settings, move: Moves
) -> None:
    """As it was found: they spent the hundred changes of the day, and nobody could confirm for 21 hours."""
    settings.MAX_MOVES_PER_BOOKING = 0
    for number in range(1, 100):
        now = NOW + number * 0.55 * SECOND
        move(number, now)
        delivery.deliver_due(now=now)
    assert zoom.count("PATCH") <= 3
    later = now + pacing.LONGEST_PAUSE
    delivery.deliver_due(now=later)
    assert zoom.count("PATCH") <= 4
    meeting.refresh_from_db()
    [shown] = zoom.meetings.values()
    assert shown["start_time"] == f"{meeting.start_time:%Y-%m-%dT%H:%M:%SZ}"
    assert not MeetingSync.objects.open().exists()


def test_the_first_move_is_delivered_at_once_and_later_ones_together(
    meeting: Booking, zoom: FakeZoom, move: Moves
) -> None:
    move(1, NOW)
    assert zoom.count("PATCH") == 1
    move(2, NOW + SECOND)
    assert zoom.count("PATCH") == 1
    assert MeetingSync.objects.open().get().due_at == NOW + 31 * SECOND
    # Not later for another one: Zoom then hears of both.
    move(3, NOW + 2 * SECOND)
    assert MeetingSync.objects.open().get().due_at == NOW + 31 * SECOND
    # An hour later it is the first again.
    delivery.deliver_due(now=NOW + 31 * SECOND)
    move(4, NOW + dt.timedelta(hours=2))
    assert zoom.count("PATCH") == 3


def test_a_cancellation_does_not_wait_for_a_move(meeting: Booking, zoom: FakeZoom, move: Moves) -> None:
    for number in (1, 2):
        move(number, NOW + number * SECOND)
    services.cancel_booking(booking_id=meeting.id, by=meeting.student, reason="", now=NOW + 3 * SECOND)
    assert delivery.deliver_due(now=NOW + 3 * SECOND) == 1
    assert zoom.meetings == {}


def used(moves: int, creates: int = 0) -> None:
    HostDay.objects.update_or_create(host="me", day=NOW.date(), defaults={"moves": moves, "creates": creates})


def test_each_write_counts_and_deletes_do_not(meeting: Booking, zoom: FakeZoom) -> None:
    delivery.deliver(due(meeting).pk, now=NOW)
    delivery.deliver(due(cancelled(meeting)).pk, now=NOW)
    assert HostDay.objects.values("host", "day", "creates", "moves").get() == {
        "host": "me",
        "day": NOW.date(),
        "creates": 1,
        "moves": 1,
    }


def test_a_part_of_the_day_is_kept_for_new_meetings(meeting: Booking, alice: User, maria: User, zoom: FakeZoom) -> None:
    used(pacing.FOR_MOVES)
    event = due(meeting)
    assert delivery.deliver(event.pk, now=NOW) is False
    assert zoom.count("PATCH") == 0
    event.refresh_from_db()
    assert (event.due_at, event.refusals, event.stopped_at) == (dt.datetime(2025, 1, 11, 0, 1, tzinfo=dt.UTC), 0, None)
    assert "kept for new meetings" in event.last_error
    assert confirm(make_booking(alice, maria, start=at("15:00"))).status == Status.CONFIRMED
    assert delivery.deliver(event.pk, now=event.due_at) is True
    assert zoom.count("PATCH") == 1


def test_a_session_of_today_may_use_more_of_it(meeting: Booking, zoom: FakeZoom) -> None:
    used(pacing.FOR_MOVES)
    morning = meeting.start_time - dt.timedelta(hours=3)
    HostDay.objects.update(day=morning.date())
    assert delivery.deliver(due(meeting).pk, now=morning) is True
    HostDay.objects.update(moves=pacing.FOR_MOVES_OF_TODAY)
    assert delivery.deliver(due(meeting).pk, now=morning) is False


def test_each_host_has_its_own_daily_count_and_old_counts_are_deleted(meeting: Booking, zoom: FakeZoom) -> None:
    HostDay.objects.all().delete()
    HostDay.objects.create(host="other", day=NOW.date(), moves=pacing.FOR_MOVES)
    HostDay.objects.create(host="me", day=NOW.date() - dt.timedelta(days=8), moves=pacing.FOR_MOVES)
    assert delivery.deliver(due(meeting).pk, now=NOW) is True
    assert list(HostDay.objects.filter(host="me").values_list("day", "moves")) == [(NOW.date(), 1)]


def test_a_booking_has_a_daily_limit_of_moves(
    meeting: Booking, settings: Settings, alice: User, maria: User, api_for: Api
) -> None:
    settings.MAX_MOVES_PER_BOOKING = 2
    address = f"{BOOKINGS}{meeting.id}/reschedule/"
    for time in ("11:00", "12:00"):
        assert api_for(alice).post(address, {"start_time": f"2025-01-15T{time}:00Z"}).status_code == 200
    body = {"start_time": "2025-01-15T13:00:00Z"}
    with nothing_changes():
        sentence = "You have moved this session 2 times within a day; try again later"
        assert refused(api_for(alice).post(address, body), 400, sentence, "too_many_moves")
    # The other party is not kept from it, and neither is anybody a day later.
    assert api_for(maria).post(address, body).status_code == 200
    services.reschedule_booking(
        booking_id=meeting.id, by=alice, start=at("14:00"), duration=None, now=NOW + dt.timedelta(days=1, seconds=1)
    )


def test_a_deactivated_teachers_booking_can_be_cancelled_but_not_moved(
    meeting: Booking, alice: User, maria: User, api_for: Api
) -> None:
    User.objects.filter(pk=maria.pk).update(is_active=False)
    address = f"{BOOKINGS}{meeting.id}/"
    shown = api_for(alice).get(address).json()
    assert (shown["can_cancel"], shown["can_reschedule"]) == (True, False)
    with nothing_changes():
        answer = api_for(alice).post(f"{address}reschedule/", {"start_time": "2025-01-15T13:00:00Z"})
        sentence = "The teacher is no longer available; the session can only be cancelled"
        assert refused(answer, 400, sentence, "teacher_inactive")
    assert api_for(alice).post(f"{address}cancel/", {}).status_code == 200


def test_the_service_refuses_to_move_a_deactivated_teachers_booking(meeting: Booking, maria: User) -> None:
    User.objects.filter(pk=maria.pk).update(is_active=False)
    with pytest.raises(Refused):
        services.reschedule_booking(
            booking_id=meeting.id, by=meeting.student, start=at("13:00"), duration=None, now=NOW
        )
