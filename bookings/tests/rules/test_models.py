"""Writes that the database itself refuses: raw inserts, bulk writes and updates included."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.models import User
from bookings.factories import make_feedback, make_hours
from bookings.models import (
    Availability,
    Booking,
    BookingChange,
    Feedback,
    MeetingSync,
    TimeOff,
)
from bookings.states import Status
from bookings.tests.conftest import at, nothing_changes, refusing, row
from conftest import NOW

MINUTE = dt.timedelta(minutes=1)
Writer = Callable[[Booking], object]


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "OPEN"}, "booking_status_is_known"),
        ({"status": ""}, "booking_status_is_known"),
        ({"end_time": at("10:00"), "blocked_until": at("10:00")}, "booking_ends_after_start"),
        ({"end_time": at("09:00"), "blocked_until": at("09:00")}, "booking_ends_after_start"),
        ({"end_time": at("18:01"), "blocked_until": at("18:01")}, "booking_is_at_most_480_minutes"),
        ({"blocked_until": at("10:59")}, "booking_blocks_its_time_and_buffer"),
        ({"blocked_until": at("15:01")}, "booking_blocks_its_time_and_buffer"),
        ({"status": Status.CONFIRMED}, "booking_confirmed_has_meeting"),
        ({"awaits": "nobody"}, "booking_awaits_a_party"),
        ({"cancelled_by": "teacher"}, "booking_cancelled_by_somebody"),
        ({"cancelled_by": "nobody", "status": Status.CANCELLED}, "booking_cancelled_by_somebody"),
        ({"outcome": "took_place"}, "booking_outcome_once_completed"),
        ({"outcome": "rained_off", "status": Status.COMPLETED}, "booking_outcome_once_completed"),
    ],
)
@pytest.mark.parametrize("way", ["insert", "bulk_create", "update", "bulk_update"])
def test_invalid_bookings_are_refused(way: str, changes: Any, constraint: str, alice: User, maria: User) -> None:
    stored = row(alice, maria)
    if "update" in way:
        stored.save()
    for name, value in changes.items():
        setattr(stored, name, value)
    with refusing(constraint):
        write(way, stored, changes)


def write(way: str, booking: Booking, changes: dict[str, Any]) -> None:
    if way == "insert":
        booking.save(force_insert=True)
    elif way == "bulk_create":
        Booking.objects.bulk_create([booking])
    elif way == "update":
        Booking.objects.filter(id=booking.id).update(**changes)
    else:
        Booking.objects.bulk_update([booking], list(changes))


def test_nobody_can_book_themselves(maria: User) -> None:
    with refusing("booking_has_two_people"):
        row(maria, maria).save()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"end_time": at("18:00"), "blocked_until": at("18:00")}, id="eight hours"),
        pytest.param({"end_time": at("10:01"), "blocked_until": at("10:01")}, id="a minute"),
        pytest.param({"blocked_until": at("15:00")}, id="four hours of buffer"),
    ],
)
def test_the_limits_themselves_are_allowed(changes: Any, alice: User, maria: User) -> None:
    row(alice, maria, **changes).save()
    assert Booking.objects.count() == 1


# --- The other tables ---


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"day_of_week": 7}, "availability_weekday_is_0_to_6"),
        ({"end_time": dt.time(9)}, "availability_ends_after_start"),
        ({"end_time": dt.time(8)}, "availability_ends_after_start"),
        ({"is_recurring": False}, "availability_has_date_unless_recurring"),
        ({"date": dt.date(2025, 1, 15)}, "availability_has_date_unless_recurring"),
    ],
)
def test_invalid_hours_are_refused(changes: Any, constraint: str, maria: User) -> None:
    with refusing(constraint):
        Availability.objects.filter(teacher=maria).update(**changes)


def test_hours_may_end_at_midnight(maria: User) -> None:
    hours = make_hours(maria, start="22:00", end="00:00")
    hours.full_clean()
    assert str(hours) == "Wed 22:00 to 00:00"


@pytest.mark.parametrize("end", ["10:00", "09:00"])
def test_an_empty_absence_is_refused(end: str, maria: User) -> None:
    with refusing("time_off_ends_after_start"):
        TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at(end))


@pytest.mark.parametrize("rating", [0, 6])
def test_ratings_are_one_to_five(rating: int, completed: Booking) -> None:
    with refusing("feedback_rating_is_1_to_5"):
        Feedback.objects.create(booking=completed, rating=rating, created_at=NOW)


def test_a_booking_has_at_most_one_feedback(completed: Booking) -> None:
    make_feedback(completed)
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(booking=completed, rating=1, created_at=NOW)


def test_a_booking_has_at_most_one_open_event(pending: Booking) -> None:
    MeetingSync.objects.create(booking=pending, created_at=NOW, due_at=NOW, done_at=NOW)
    MeetingSync.objects.create(booking=pending, created_at=NOW, due_at=NOW)
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        MeetingSync.objects.create(booking=pending, created_at=NOW, due_at=NOW)


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_a_user_with_bookings_cannot_be_deleted(who: str, pending: Booking) -> None:
    with nothing_changes(), pytest.raises(ProtectedError):
        getattr(pending, who).delete()


def test_a_booking_with_a_history_cannot_be_deleted(pending: Booking) -> None:
    with nothing_changes(), pytest.raises(ProtectedError):
        pending.delete()


def test_hours_without_weekday_and_date_are_invalid(maria: User) -> None:
    with pytest.raises(ValidationError) as caught:
        Availability(teacher=maria, start_time=dt.time(9), end_time=dt.time(10)).full_clean()
    assert set(caught.value.message_dict) == {"day_of_week"}


def test_rows_have_readable_names(pending: Booking, maria: User) -> None:
    absence = TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at("11:00"))
    event = MeetingSync.objects.create(booking=pending, created_at=NOW, due_at=NOW)
    assert str(pending) == "Wed 15 Jan 2025, 10:00, Alice Adams with Maria Garcia"
    assert str(absence) == "Wed 15 Jan 2025, 10:00 to Wed 15 Jan 2025, 11:00"
    assert str(BookingChange.objects.get()) == "request by Alice Adams at Mon 13 Jan 2025, 10:00"
    assert str(event) == f"Sync {event.pk} for {pending}"
    assert str(make_feedback(pending, rating=4)) == f"4 of 5 for {pending}"
    assert str(make_hours(maria, date=dt.date(2025, 1, 18))) == "2025-01-18 09:00 to 17:00"
