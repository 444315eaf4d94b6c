"""Shared by tests of several processes."""

import datetime as dt

from accounts.factories import make_student, make_teacher
from bookings.models import Booking, MeetingSync
from bookings.states import Status
from testing.site import Site

# A Monday far enough ahead; the clock of these processes is the real one.
START = dt.datetime(2126, 1, 7, 10, tzinfo=dt.UTC)


def cancelled_unnoticed(here: Site, count: int) -> set[int]:
    """Bookings that were cancelled while nobody could tell Zoom: the numbers of the meetings that must go."""
    teacher, student = make_teacher(), make_student()
    numbers = [here.zoom.meetings.add(agenda="") for _ in range(count)]
    hour = dt.timedelta(hours=1)
    bookings = [
        Booking(
            student=student,
            teacher=teacher,
            start_time=START,
            end_time=START + hour,
            blocked_until=START + hour,
            created_at=START - 48 * hour,
            status=Status.CANCELLED,
            zoom_meeting_id=str(number),
            zoom_host="me",
        )
        for number in numbers
    ]
    long_ago = START.replace(year=2025)
    Booking.objects.bulk_create(bookings)
    MeetingSync.objects.bulk_create(
        [MeetingSync(booking=booking, created_at=long_ago, due_at=long_ago) for booking in bookings]
    )
    return set(numbers)


def time_passes() -> None:
    """Let the lease of the dead process expire."""
    MeetingSync.objects.open().exclude(leased_until=None).update(leased_until=START.replace(year=2025))


def assert_zoom_agrees(here: Site) -> None:
    """Each confirmed booking has exactly one meeting, at its own time; there is no other, and no other has one."""
    confirmed = Booking.objects.filter(status=Status.CONFIRMED)
    assert {str(number): meeting["start_time"] for number, meeting in here.zoom.meetings.items()} == {
        booking.zoom_meeting_id: f"{booking.start_time:%Y-%m-%dT%H:%M:%SZ}" for booking in confirmed
    }
    assert not Booking.objects.exclude(status=Status.CONFIRMED).filter(zoom_meeting_id__isnull=False).exists()


def assert_at_rest(here: Site) -> None:
    """Zoom agrees, and nothing is due: what a dead process was at may be looked at once more, later."""
    assert_zoom_agrees(here)
    assert not MeetingSync.objects.due(dt.datetime.now(dt.UTC)).exists()
    assert not MeetingSync.objects.open().exclude(leased_until=None).exists()
