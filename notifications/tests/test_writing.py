"""notifications.writing: which messages a move writes, in the move's own transaction, and which it withdraws."""

import datetime as dt

import pytest

from accounts.models import User
from bookings import services
from bookings.errors import Refused
from bookings.models import Booking, MeetingSync
from bookings.services import overdue
from bookings.tests.conftest import at
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications.kinds import Kind
from notifications.models import Message
from notifications.tests.parts import requested
from notifications.writing import announce_zoom_problems

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def told(booking: Booking) -> set[tuple[str, str]]:
    """The open messages: what, and to whom."""
    rows = Message.objects.open().filter(booking=booking).select_related("recipient")
    return {(row.kind, row.recipient.first_name if row.recipient else "") for row in rows}


@pytest.fixture
def asked(alice: User, maria: User) -> Booking:
    """Alice's request, as the service makes it."""
    return requested(alice, maria)


def test_a_request_is_mailed_to_both_and_the_teacher_is_reminded_after_a_day(asked: Booking) -> None:
    assert told(asked) == {("requested", "Alice"), ("requested", "Maria"), ("unanswered", "Maria")}
    assert Message.objects.get(kind=Kind.UNANSWERED).due_at == NOW + DAY


def test_a_confirmation_withdraws_what_was_not_sent_and_plans_reminders(asked: Booking) -> None:
    confirm(asked)
    both = {"Alice", "Maria"}
    assert told(asked) == {
        (kind, name) for kind in (Kind.CONFIRMED, Kind.DAY_BEFORE, Kind.HOUR_BEFORE) for name in both
    }
    due = {row.kind: row.due_at for row in Message.objects.open()}
    assert due[Kind.DAY_BEFORE] == at("10:00") - DAY
    assert due[Kind.HOUR_BEFORE] == at("10:00") - HOUR
    assert not Message.objects.filter(kind=Kind.REQUESTED, done_at=None).exists()
    assert not Message.objects.exclude(sent_at=None).exists()


def test_a_reminder_that_would_come_with_the_confirmation_is_not_written(asked: Booking) -> None:
    confirm(asked, now=at("09:30"))
    assert told(asked) == {("confirmed", "Alice"), ("confirmed", "Maria")}


def test_a_move_plans_the_reminders_anew(asked: Booking) -> None:
    confirm(asked)
    services.reschedule_booking(booking_id=asked.id, by=asked.teacher, start=at("14:00"), duration=None, now=NOW)
    due = {row.kind: row.due_at for row in Message.objects.open()}
    assert due[Kind.HOUR_BEFORE] == at("13:00")
    assert Message.objects.open().filter(kind=Kind.MOVED).values_list("old_start", flat=True)[0] == at("10:00")


def test_a_cancellation_withdraws_all_other_messages(asked: Booking) -> None:
    confirm(asked)
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="Ill", now=NOW)
    assert told(asked) == {("cancelled", "Alice"), ("cancelled", "Maria")}


def test_an_unanswered_request_is_mailed_as_expired(asked: Booking) -> None:
    assert overdue.cancel_unanswered(now=at("10:00")) == 1
    assert told(asked) == {("expired", "Alice"), ("expired", "Maria")}


def test_a_completed_session_invites_feedback(asked: Booking) -> None:
    confirm(asked)
    services.complete_booking(booking_id=asked.id, by=asked.teacher, now=at("11:00"))
    assert told(asked) == {("feedback", "Alice")}


def test_a_refused_move_writes_nothing(asked: Booking) -> None:
    confirm(asked)
    before = list(Message.objects.values())
    with pytest.raises(Refused, match="not begun"):
        services.complete_booking(booking_id=asked.id, by=asked.teacher, now=NOW)
    assert list(Message.objects.values()) == before


def test_a_message_that_is_being_sent_is_not_withdrawn(asked: Booking) -> None:
    sending = Message.objects.get(kind=Kind.REQUESTED, recipient=asked.student)
    sending.claim(NOW, dt.timedelta(minutes=1))
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="", now=NOW)
    sending.refresh_from_db()
    assert sending.done_at is None


def test_the_school_is_mailed_once_about_a_stopped_meeting(asked: Booking) -> None:
    confirm(asked)
    MeetingSync.objects.update_or_create(
        booking=asked, defaults={"created_at": NOW, "due_at": NOW, "stopped_at": NOW, "done_at": None}
    )
    assert announce_zoom_problems(now=NOW) == 1
    assert announce_zoom_problems(now=NOW) == 0
    assert ("zoom_problem", "") in told(asked)
