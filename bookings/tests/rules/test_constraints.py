"""bookings.constraints: what a migration writes, what a form is told, and which refusal is whose."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.db.migrations.writer import MigrationWriter

from accounts.models import User
from bookings.constraints import NoOverlap, violated
from bookings.factories import make_booking
from bookings.models import NO_HOST_OVERLAP, NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP, Booking
from bookings.states import LIVE, Status
from bookings.tests.conftest import at
from conftest import NOW


def rule(**changes: str) -> NoOverlap:
    fields = {"name": "no_overlap", "person": "teacher", "start": "start_time", "end": "end_time"} | changes
    return NoOverlap(**fields, statuses=LIVE)


def wish(student: User, teacher: User, **changes: object) -> Booking:
    """A booking for Wednesday at half past ten that was not written."""
    times = {"start_time": at("10:30"), "end_time": at("11:30"), "blocked_until": at("11:30"), "created_at": NOW}
    return Booking(student=student, teacher=teacher, **times | changes)


def test_the_constraint_can_be_serialized_in_a_migration() -> None:
    text, imports = MigrationWriter.serialize(rule())
    assert "bookings.constraints.NoOverlap" in text
    assert "statuses=('PENDING', 'CONFIRMED')" in text
    assert imports == {"import bookings.constraints"}
    assert rule().clone() == rule()


def test_constraints_are_compared_by_value() -> None:
    assert rule() == rule()
    assert hash(rule()) == hash(rule())
    assert rule() != rule(person="student")
    assert rule() != rule(end="blocked_until")
    assert rule() != "no_overlap"


def test_validation_reports_an_overlap_of_the_teacher(pending: Booking, bob: User, maria: User) -> None:
    with pytest.raises(ValidationError) as caught:
        wish(bob, maria).validate_constraints()
    assert caught.value.message_dict == {"__all__": ["Time slot is not available"]}


def test_validation_reports_an_overlap_of_the_student(pending: Booking, alice: User, carl: User) -> None:
    with pytest.raises(ValidationError):
        wish(alice, carl).validate_constraints()


def test_bookings_that_do_not_overlap_are_valid(pending: Booking, bob: User, maria: User, carl: User) -> None:
    wish(bob, carl).validate_constraints()
    wish(bob, maria, status=Status.CANCELLED).validate_constraints()
    wish(bob, maria, start_time=at("11:00")).validate_constraints()
    pending.validate_constraints()


def test_an_incomplete_row_is_left_to_other_rules(pending: Booking, bob: User) -> None:
    rule(end="blocked_until").validate(Booking, Booking(student=bob, start_time=at("10:30")))


@pytest.mark.django_db
def test_the_database_has_each_rule_under_its_name() -> None:
    names = (NO_TEACHER_OVERLAP, NO_STUDENT_OVERLAP, NO_HOST_OVERLAP)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'x'")
            expected = set(names)
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            expected = {f"{name}_{event}" for name in names for event in ("INSERT", "UPDATE")}
        assert {name for (name,) in cursor.fetchall()} == expected


def test_a_violated_constraint_is_identified(pending: Booking, bob: User, maria: User) -> None:
    with pytest.raises(IntegrityError) as caught:
        make_booking(bob, maria, start=at("10:30"))
    assert violated(caught.value, [NO_STUDENT_OVERLAP, NO_TEACHER_OVERLAP])
    assert not violated(caught.value, [NO_STUDENT_OVERLAP])
    assert not violated(caught.value, [])


@pytest.mark.postgresql
@pytest.mark.django_db
def test_only_bookings_with_a_lane_are_in_the_index_of_hosts() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname IN (%s, %s)",
            [NO_HOST_OVERLAP, NO_TEACHER_OVERLAP],
        )
        found = dict(cursor.fetchall())
    assert "host_lane IS NOT NULL" in found[NO_HOST_OVERLAP]
    assert "NOT NULL" not in found[NO_TEACHER_OVERLAP]
