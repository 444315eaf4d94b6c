"""What the database itself refuses, whoever writes: raw inserts, bulk writes and updates included."""

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from accounts.models import TeacherProfile, User
from bookings.constraints import violated
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import (
    NO_STUDENT_OVERLAP,
    NO_TEACHER_OVERLAP,
    Availability,
    Booking,
    BookingChange,
    Feedback,
    OutboxEvent,
    TimeOff,
)
from bookings.states import LIVE, Status
from bookings.tests.conftest import at, nothing_changes
from conftest import NOW

MINUTE = dt.timedelta(minutes=1)
Writer = Callable[[Booking], object]


@contextmanager
def refusing(constraint: str) -> Any:
    """The block is refused by this constraint, and leaves nothing behind."""
    with nothing_changes():
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            yield
        assert violated(caught.value, [constraint]), caught.value


def row(student: User, teacher: User, **changes: Any) -> Booking:
    """A booking for Wednesday at ten that was not written yet."""
    fields = {
        "student": student,
        "teacher": teacher,
        "start_time": at("10:00"),
        "end_time": at("11:00"),
        "blocked_until": at("11:00"),
        "created_at": NOW,
    }
    return Booking(**fields | changes)


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
    ],
)
@pytest.mark.parametrize("way", ["insert", "bulk_create", "update", "bulk_update"])
def test_no_booking_makes_no_sense(way: str, changes: Any, constraint: str, alice: User, maria: User) -> None:
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


def test_nobody_books_themselves(maria: User) -> None:
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


# --- Overlaps: there is a booking from ten to eleven, and one is written that ---

OVERLAPS = [
    pytest.param("10:00", "11:00", id="is equal"),
    pytest.param("09:00", "12:00", id="contains it"),
    pytest.param("10:15", "10:45", id="is contained"),
    pytest.param("09:30", "10:01", id="ends a minute late"),
    pytest.param("10:59", "12:00", id="starts a minute early"),
]


@pytest.mark.parametrize("way", ["insert", "bulk_create", "update", "move"])
@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_a_teachers_live_bookings_never_overlap(
    start: str, end: str, way: str, alice: User, bob: User, maria: User
) -> None:
    make_booking(alice, maria, start=at("10:00"))
    other = row(bob, maria, start_time=at(start), end_time=at(end), blocked_until=at(end))
    prepare(other, way)
    with refusing(NO_TEACHER_OVERLAP):
        put_in(other, way)


@pytest.mark.parametrize("way", ["insert", "bulk_create", "update", "move"])
@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_a_students_live_bookings_never_overlap(
    start: str, end: str, way: str, alice: User, maria: User, carl: User
) -> None:
    make_booking(alice, maria, start=at("10:00"))
    other = row(alice, carl, start_time=at(start), end_time=at(end), blocked_until=at(end))
    prepare(other, way)
    with refusing(NO_STUDENT_OVERLAP):
        put_in(other, way)


def prepare(booking: Booking, way: str) -> None:
    """Stores it where it harms nobody yet: cancelled, or a day later."""
    if way == "update":
        wanted, booking.status = booking.status, Status.CANCELLED
        booking.save()
        booking.status = wanted
    elif way == "move":
        shifted = {name: getattr(booking, name) + dt.timedelta(days=1) for name in TIMES}
        Booking(id=booking.id, **{**fields_of(booking), **shifted}).save()


TIMES = ("start_time", "end_time", "blocked_until")


def fields_of(booking: Booking) -> dict[str, Any]:
    names = ("student", "teacher", "status", "created_at", *TIMES)
    return {name: getattr(booking, name) for name in names}


def put_in(booking: Booking, way: str) -> None:
    """Makes it live at its own time, in one of the ways that there are."""
    if way == "insert":
        booking.save(force_insert=True)
    elif way == "bulk_create":
        Booking.objects.bulk_create([booking])
    else:
        Booking.objects.filter(id=booking.id).update(**fields_of(booking))


@pytest.mark.parametrize(
    ("start", "end"), [pytest.param("09:00", "10:00", id="before"), pytest.param("11:00", "12:00", id="after")]
)
def test_neighbours_touch(start: str, end: str, alice: User, maria: User) -> None:
    make_booking(alice, maria, start=at("10:00"))
    row(alice, maria, start_time=at(start), end_time=at(end), blocked_until=at(end)).save()
    assert Booking.objects.live().count() == 2


def test_the_buffer_is_the_teachers_and_not_the_students(alice: User, bob: User, maria: User, carl: User) -> None:
    TeacherProfile.objects.filter(user=maria).update(buffer_minutes=30)
    make_booking(alice, User.objects.get(id=maria.id), start=at("10:00"))
    with refusing(NO_TEACHER_OVERLAP):
        row(bob, maria, start_time=at("11:15"), end_time=at("12:00"), blocked_until=at("12:00")).save()
    row(bob, maria, start_time=at("11:30"), end_time=at("12:00"), blocked_until=at("12:00")).save()
    row(alice, carl, start_time=at("11:00"), end_time=at("12:00"), blocked_until=at("12:00")).save()
    assert Booking.objects.live().count() == 3


@pytest.mark.parametrize("over", [Status.CANCELLED, Status.COMPLETED])
@pytest.mark.parametrize("live", LIVE)
def test_what_is_over_may_overlap_but_not_come_back(
    live: Status, over: Status, alice: User, bob: User, maria: User
) -> None:
    earlier = make_booking(bob, maria, start=at("10:00"), status=over)
    make_booking(alice, maria, start=at("10:30"), status=live)
    assert Booking.objects.count() == 2
    with refusing(NO_TEACHER_OVERLAP):
        Booking.objects.filter(id=earlier.id).update(status=Status.PENDING)


@pytest.mark.parametrize("person", ["student", "teacher"])
def test_a_booking_cannot_be_handed_to_somebody_who_is_busy(
    person: str, alice: User, bob: User, maria: User, carl: User
) -> None:
    make_booking(alice, maria, start=at("10:00"))
    other = make_booking(bob, carl, start=at("10:30"))
    to = {"student": alice, "teacher": maria}[person]
    with refusing({"student": NO_STUDENT_OVERLAP, "teacher": NO_TEACHER_OVERLAP}[person]):
        Booking.objects.filter(id=other.id).update(**{person: to})


def test_a_booking_may_be_written_over_itself(pending: Booking) -> None:
    pending.save()
    assert Booking.objects.filter(id=pending.id).update(end_time=at("10:45")) == 1


def test_fractions_of_a_second_count(alice: User, bob: User, maria: User) -> None:
    make_booking(alice, maria, start=at("10:00"))
    late = at("11:00") - dt.timedelta(microseconds=1)
    with refusing(NO_TEACHER_OVERLAP):
        row(bob, maria, start_time=late, end_time=at("12:00"), blocked_until=at("12:00")).save()


def test_a_later_migration_leaves_the_guards_standing(
    transactional_db: None, alice: User, bob: User, maria: User, carl: User
) -> None:
    """SQLite's tables are rebuilt by most changes, and what hangs on them is lost unless it is made again."""
    make_booking(alice, maria, start=at("10:00"))
    old = Booking._meta.get_field("notes")
    new: models.TextField[str, str] = models.TextField(max_length=3000, blank=True, db_column="words")
    extra: models.IntegerField[int | None, int | None] = models.IntegerField(null=True)
    new.set_attributes_from_name("notes")
    extra.set_attributes_from_name("extra")
    with connection.schema_editor() as editor:
        editor.alter_field(Booking, old, new, strict=True)
    with connection.schema_editor() as editor:
        editor.alter_field(Booking, new, old, strict=True)
    with connection.schema_editor() as editor:
        editor.add_field(Booking, extra)
    with connection.schema_editor() as editor:
        editor.remove_field(Booking, extra)
    with refusing(NO_TEACHER_OVERLAP):
        row(bob, maria).save()
    with refusing(NO_STUDENT_OVERLAP):
        row(alice, carl).save()
    cancelled = make_booking(bob, carl, start=at("10:00"), status=Status.CANCELLED)
    with refusing(NO_TEACHER_OVERLAP):
        Booking.objects.filter(id=cancelled.id).update(teacher=maria, status=Status.PENDING)


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
def test_no_hours_make_no_sense(changes: Any, constraint: str, maria: User) -> None:
    with refusing(constraint):
        Availability.objects.filter(teacher=maria).update(**changes)


def test_hours_may_end_at_midnight(maria: User) -> None:
    hours = make_hours(maria, start="22:00", end="00:00")
    hours.full_clean()
    assert str(hours) == "Wed 22:00 to 00:00"


@pytest.mark.parametrize("end", ["10:00", "09:00"])
def test_no_absence_is_empty(end: str, maria: User) -> None:
    with refusing("time_off_ends_after_start"):
        TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at(end))


@pytest.mark.parametrize("rating", [0, 6])
def test_ratings_are_one_to_five(rating: int, completed: Booking) -> None:
    with refusing("feedback_rating_is_1_to_5"):
        Feedback.objects.create(booking=completed, rating=rating, created_at=NOW)


def test_there_is_one_feedback_for_each_booking(completed: Booking) -> None:
    make_feedback(completed)
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(booking=completed, rating=1, created_at=NOW)


def test_a_booking_has_at_most_one_open_event(pending: Booking) -> None:
    OutboxEvent.objects.create(booking=pending, created_at=NOW, due_at=NOW, done_at=NOW)
    OutboxEvent.objects.create(booking=pending, created_at=NOW, due_at=NOW)
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        OutboxEvent.objects.create(booking=pending, created_at=NOW, due_at=NOW)


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_nobody_with_bookings_can_be_deleted(who: str, pending: Booking) -> None:
    with nothing_changes(), pytest.raises(ProtectedError):
        getattr(pending, who).delete()


def test_a_booking_with_a_history_cannot_be_deleted(pending: Booking) -> None:
    with nothing_changes(), pytest.raises(ProtectedError):
        pending.delete()


def test_hours_without_day_and_date_are_told(maria: User) -> None:
    with pytest.raises(ValidationError) as caught:
        Availability(teacher=maria, start_time=dt.time(9), end_time=dt.time(10)).full_clean()
    assert set(caught.value.message_dict) == {"day_of_week"}


def test_rows_name_themselves(pending: Booking, maria: User) -> None:
    absence = TimeOff.objects.create(teacher=maria, start_time=at("10:00"), end_time=at("11:00"))
    event = OutboxEvent.objects.create(booking=pending, created_at=NOW, due_at=NOW)
    assert str(pending) == "2025-01-15 10:00 UTC, Alice Adams with Maria Garcia"
    assert str(absence) == "2025-01-15 10:00 to 2025-01-15 11:00 UTC"
    assert str(BookingChange.objects.get()) == "request by Alice Adams at 2025-01-13 10:00 UTC"
    assert str(event) == f"Event {event.pk} of booking {pending.id}"
    assert str(make_feedback(pending, rating=4)) == f"4 of 5 for {pending}"
    assert str(make_hours(maria, date=dt.date(2025, 1, 18))) == "2025-01-18 09:00 to 17:00"
