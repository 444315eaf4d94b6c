"""Going away: the absence and its bookings in one transaction, each kept or cancelled."""

import datetime as dt
import uuid

import pytest

from accounts.models import User
from bookings import services
from bookings.errors import Invalid, Missing, Refused
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.services.away import Away
from bookings.states import Actor, Move, Status
from bookings.tests.conftest import at, nothing_changes
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW

FROM, TO = at("11:00"), at("15:00")


def go_away(teacher: User, *cancel: uuid.UUID, start: dt.datetime = FROM, end: dt.datetime = TO) -> Away:
    return services.go_away(
        teacher=teacher,
        start=start,
        end=end,
        reason="Dentist",
        cancel=cancel,
        cancellation_reason="I am away",
        now=NOW,
    )


@pytest.fixture
def lessons(alice: User, bob: User, maria: User) -> list[Booking]:
    """One before the absence, which reaches to its start; two inside; one over its end; one after."""
    students = (alice, bob, alice, bob, alice)
    times = ("10:00", "11:30", "13:00", "14:30", "15:30")
    return [make_booking(student, maria, start=at(time)) for student, time in zip(students, times, strict=True)]


def test_each_booking_inside_is_kept_or_cancelled(lessons: list[Booking], maria: User) -> None:
    _, first, second, over, _ = lessons
    found = go_away(maria, second.id, over.id)
    assert (found.kept, found.cancelled) == ([first], [second, over])
    absence = TimeOff.objects.get()
    assert (absence, absence.start_time, absence.end_time) == (found.time_off, at("11:00"), at("15:00"))
    assert (absence.teacher, absence.reason) == (maria, "Dentist")
    statuses = [Booking.objects.get(id=booking.id).status for booking in lessons]
    assert statuses == ["PENDING", "PENDING", "CANCELLED", "CANCELLED", "PENDING"]
    for booking in (second, over):
        change = booking.changes.get(move=Move.CANCEL)
        assert (change.by, change.reason, change.at) == (maria, "I am away", NOW)
        assert Booking.objects.get(id=booking.id).cancelled_by == Actor.TEACHER


def test_bookings_inside_the_absence_are_listed_first(lessons: list[Booking], maria: User, carl: User) -> None:
    with nothing_changes():
        assert list(services.bookings_within(maria, at("11:00"), at("15:00"))) == lessons[1:4]
        assert list(services.bookings_within(carl, at("11:00"), at("15:00"))) == []


def test_meetings_of_cancelled_bookings_are_deleted(lessons: list[Booking], maria: User, zoom: FakeZoom) -> None:
    for booking in lessons:
        confirm(booking)
    go_away(maria, lessons[1].id)
    assert delivery.deliver_due(now=NOW) == 1
    assert len(zoom.meetings) == 4
    assert not MeetingSync.objects.open().exists()


def test_bookings_cancelled_or_moved_meanwhile_are_left_alone(lessons: list[Booking], maria: User) -> None:
    _, first, second, _, _ = lessons
    services.cancel_booking(booking_id=first.id, by=first.student, reason="Ill", now=NOW)
    services.reschedule_booking(booking_id=second.id, by=second.student, start=at("16:30"), duration=30, now=NOW)
    found = go_away(maria, first.id, second.id)
    assert found.cancelled == []
    assert Booking.objects.get(id=first.id).cancelled_by == Actor.STUDENT
    assert Booking.objects.get(id=second.id).status == Status.PENDING


def test_all_of_it_or_nothing(lessons: list[Booking], bob: User, maria: User) -> None:
    begun = make_booking(bob, maria, start=NOW - dt.timedelta(minutes=30), status=Status.CONFIRMED)
    with nothing_changes(), pytest.raises(Refused) as caught:
        go_away(maria, begun.id, lessons[1].id, start=NOW)
    assert caught.value.code == "too_late"


def test_bookings_of_other_teachers_are_missing(lessons: list[Booking], bob: User, maria: User, carl: User) -> None:
    foreign = make_booking(bob, carl, start=at("13:00"))
    for booking_id in (foreign.id, uuid.uuid4()):
        with nothing_changes(), pytest.raises(Missing):
            go_away(maria, booking_id)


@pytest.mark.parametrize("end", [at("11:00"), at("10:00")])
def test_an_absence_ends_after_its_start(end: dt.datetime, maria: User) -> None:
    with nothing_changes(), pytest.raises(Invalid):
        go_away(maria, end=end)


def test_no_session_can_be_booked_during_the_absence(alice: User, maria: User) -> None:
    go_away(maria)
    with pytest.raises(Refused):
        services.request_booking(student=alice, teacher_id=maria.id, start=at("13:00"), duration=60, notes="", now=NOW)
