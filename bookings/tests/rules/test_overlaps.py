"""No two live bookings of a person overlap: the database itself refuses it."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, models

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking
from bookings.models import (
    NO_STUDENT_OVERLAP,
    NO_TEACHER_OVERLAP,
    Booking,
)
from bookings.states import LIVE, Status
from bookings.tests.conftest import at, refusing, row

GUARDS = {"student": NO_STUDENT_OVERLAP, "teacher": NO_TEACHER_OVERLAP}

# There is a booking from ten to eleven, and another that …
OVERLAPS = [
    pytest.param("10:00", "11:00", id="is equal"),
    pytest.param("09:00", "12:00", id="contains it"),
    pytest.param("10:15", "10:45", id="is contained"),
    pytest.param("09:30", "10:01", id="ends a minute late"),
    pytest.param("10:59", "12:00", id="starts a minute early"),
]


@pytest.mark.parametrize("way", ["insert", "bulk_create", "update", "move"])
@pytest.mark.parametrize(("start", "end"), OVERLAPS)
@pytest.mark.parametrize("person", GUARDS)
def test_a_persons_live_bookings_never_overlap(
    person: str, start: str, end: str, way: str, alice: User, bob: User, maria: User, carl: User
) -> None:
    make_booking(alice, maria, start=at("10:00"))
    student, teacher = {"student": (alice, carl), "teacher": (bob, maria)}[person]
    other = row(student, teacher, start_time=at(start), end_time=at(end), blocked_until=at(end))
    prepare(other, way)
    with refusing(GUARDS[person]):
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
def test_adjacent_bookings_are_allowed(start: str, end: str, alice: User, maria: User) -> None:
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
def test_closed_bookings_may_overlap_but_not_be_reopened(
    live: Status, over: Status, alice: User, bob: User, maria: User
) -> None:
    earlier = make_booking(bob, maria, start=at("10:00"), status=over)
    make_booking(alice, maria, start=at("10:30"), status=live)
    assert Booking.objects.count() == 2
    with refusing(NO_TEACHER_OVERLAP):
        Booking.objects.filter(id=earlier.id).update(status=Status.PENDING, outcome="", cancelled_by="")


@pytest.mark.parametrize("person", GUARDS)
def test_a_booking_cannot_be_given_to_a_busy_person(
    person: str, alice: User, bob: User, maria: User, carl: User
) -> None:
    make_booking(alice, maria, start=at("10:00"))
    other = make_booking(bob, carl, start=at("10:30"))
    to = {"student": alice, "teacher": maria}[person]
    with refusing(GUARDS[person]):
        Booking.objects.filter(id=other.id).update(**{person: to})


def test_a_booking_may_be_written_over_itself(pending: Booking) -> None:
    pending.save()
    assert Booking.objects.filter(id=pending.id).update(end_time=at("10:45")) == 1


def test_fractions_of_a_second_count(alice: User, bob: User, maria: User) -> None:
    make_booking(alice, maria, start=at("10:00"))
    late = at("11:00") - dt.timedelta(microseconds=1)
    with refusing(NO_TEACHER_OVERLAP):
        row(bob, maria, start_time=late, end_time=at("12:00"), blocked_until=at("12:00")).save()


def test_later_migrations_keep_the_overlap_guards(
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
        Booking.objects.filter(id=cancelled.id).update(teacher=maria, status=Status.PENDING, cancelled_by="")
