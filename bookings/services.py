"""What people do with bookings: each function one transaction, with its locks. Knows nothing of HTTP or of Zoom."""

import datetime as dt
import functools
import hashlib
import uuid
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.dispatch import Signal

from accounts import zones
from accounts.models import User
from bookings.constraints import violated
from bookings.errors import Busy, Forbidden, Invalid, Missing, Refused, SlotUnavailable
from bookings.models import (
    LONGEST_BLOCK,
    NO_STUDENT_OVERLAP,
    NO_TEACHER_OVERLAP,
    Booking,
    Feedback,
    OutboxEvent,
)
from bookings.scheduling import calendar, slots
from bookings.scheduling.slots import Span
from bookings.states import Move, Status

P = ParamSpec("P")
R = TypeVar("R")

# Sent after the commit with `event_id`, `now` and `is_urgent`: Zoom may have to be told. The outbox listens.
event_due = Signal()

# PostgreSQL: serialization_failure, deadlock_detected, lock_not_available.
_CONTENTION = {"40001", "40P01", "55P03"}
_LOCK_TIMEOUT = "3s"


def contended(service: Callable[P, R]) -> Callable[P, R]:
    """Tries once more when other writers were in the way; then raises Busy. Nothing was changed in between."""

    @functools.wraps(service)
    def retried(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except OperationalError as error:
            if not _is_contention(error):
                raise
        try:
            return service(*args, **kwargs)
        except OperationalError as error:
            if not _is_contention(error):
                raise
            raise Busy from error

    return retried


def _is_contention(error: OperationalError) -> bool:
    return getattr(error.__cause__, "pgcode", None) in _CONTENTION or "database is locked" in str(error)


def _lock_people(*people: uuid.UUID) -> None:
    """Lets only one writer at a time set the times of these people, until the transaction ends.

    Always in the same order, and before anything is read: the constraint alone is safe, but two overlapping writers
    then find each other as a deadlock. SQLite has one writer at a time anyway.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted(int.from_bytes(hashlib.sha256(person.bytes).digest()[:8], signed=True) for person in people)
    locks = ", ".join(["pg_advisory_xact_lock(%s)"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'; SELECT {locks}", keys)


def _span(teacher: User, start: dt.datetime, duration: int) -> Span:
    """The span in UTC; a start without an offset is read by the teacher's clock. Raises Invalid or SlotUnavailable."""
    try:
        if start.tzinfo is None:
            start = slots.instant(start, zones.load(teacher.timezone))
        return Span(start.astimezone(dt.UTC), start.astimezone(dt.UTC) + dt.timedelta(minutes=duration))
    except slots.SkippedTime as error:
        sentence = f"The clock in {teacher.timezone} skips this time; send another, or one with an offset."
        raise Invalid("start_time", sentence) from error
    except OverflowError as error:
        raise SlotUnavailable from error


def _blocked_until(teacher: User, span: Span) -> dt.datetime:
    return span.end + dt.timedelta(minutes=teacher.rules.buffer_minutes)


def find_locked(booking_id: uuid.UUID, by: User | None) -> Booking:
    """The booking, locked, with its people. Raises Missing for what `by` may not know of."""
    bookings = Booking.objects.all() if by is None else Booking.objects.visible_to(by)
    booking = bookings.locked().with_people().filter(id=booking_id).first()
    if booking is None:
        raise Missing("Booking not found")
    return booking


def _is_busy(student_id: uuid.UUID, span: Span, *, ignoring: uuid.UUID = calendar.NOTHING) -> bool:
    """Whether the student has another session then."""
    own = Booking.objects.filter(student_id=student_id).live().within(*span, since=span.start - LONGEST_BLOCK)
    return own.filter(end_time__gt=span.start).exclude(id=ignoring).exists()


def _check_pending(student: User, now: dt.datetime) -> None:
    most = settings.MAX_PENDING_PER_STUDENT
    if not most:
        return
    unanswered = Booking.objects.filter(student=student, status=Status.PENDING, start_time__gt=now)
    if unanswered.count() >= most:
        raise Refused(f"You have {most} unanswered requests; wait for an answer first", code="too_many_pending")


@contended
def request_booking(
    *, student: User, teacher_id: uuid.UUID, start: dt.datetime, duration: int, notes: str, now: dt.datetime
) -> Booking:
    """A student asks a teacher for `duration` minutes from `start` (without an offset: by the teacher's clock).

    Raises Forbidden, Missing, SlotUnavailable, Invalid, Refused (too many unanswered requests) or Busy.
    """
    if student.is_teacher:
        raise Forbidden("Only students can request bookings")
    with transaction.atomic():
        _lock_people(teacher_id, student.id)
        teacher = calendar.teacher_with_rules(teacher_id)
        span = _span(teacher, start, duration)
        if not calendar.is_free(teacher, span, now=now) or _is_busy(student.id, span):
            raise SlotUnavailable
        _check_pending(student, now)
        booking = Booking(
            student=student,
            teacher=teacher,
            start_time=span.start,
            end_time=span.end,
            blocked_until=_blocked_until(teacher, span),
            notes=notes,
            created_at=now,
        )
        _keeping_apart(lambda: booking.request(now=now))
    return booking


def _keeping_apart(write: Callable[[], None]) -> None:
    """Writes, and says in the caller's words when the database finds an overlap."""
    try:
        write()
    except IntegrityError as error:
        if violated(error, (NO_TEACHER_OVERLAP, NO_STUDENT_OVERLAP)):
            raise SlotUnavailable from error
        raise


@contended
def reschedule_booking(
    *, booking_id: uuid.UUID, by: User, start: dt.datetime, duration: int | None, now: dt.datetime
) -> Booking:
    """Moves the booking to `start`, for `duration` minutes (None: as long as before); its meeting follows.

    Raises Missing, Forbidden, Refused, SlotUnavailable, Invalid or Busy.
    """
    seen = Booking.objects.visible_to(by).filter(id=booking_id).first()
    if seen is None:
        raise Missing("Booking not found")
    with transaction.atomic():
        _lock_people(seen.teacher_id, seen.student_id)
        booking = find_locked(booking_id, by)
        if refusal := booking.refusal(Move.RESCHEDULE, by=by, now=now):
            raise refusal
        teacher = booking.teacher
        span = _span(teacher, start, duration or booking.duration_minutes)
        is_free = calendar.is_free(teacher, span, now=now, ignoring=booking.id)
        if not is_free or _is_busy(booking.student_id, span, ignoring=booking.id):
            raise SlotUnavailable
        until = _blocked_until(teacher, span)
        _keeping_apart(lambda: booking.reschedule(by=by, now=now, start=span.start, end=span.end, blocked_until=until))
        tell_zoom(booking, now=now)
    return booking


@contended
@transaction.atomic
def cancel_booking(*, booking_id: uuid.UUID, by: User | None, reason: str, now: dt.datetime) -> Booking:
    """Calls the booking off and frees its time; its meeting is deleted. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    booking.cancel(by=by, now=now, reason=reason)
    tell_zoom(booking, now=now)
    return booking


@contended
@transaction.atomic
def complete_booking(*, booking_id: uuid.UUID, by: User | None, now: dt.datetime, reason: str = "") -> Booking:
    """The session has taken place. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    booking.complete(by=by, now=now, reason=reason)
    return booking


@contended
@transaction.atomic
def edit_notes(*, booking_id: uuid.UUID, by: User, notes: str) -> Booking:
    """The student rewrites the notes of a request that is unanswered. Raises Missing, Forbidden, Refused or Busy."""
    booking = find_locked(booking_id, by)
    if booking.student_id != by.id:
        raise Forbidden("Only students can edit the notes of bookings")
    if booking.status != Status.PENDING:
        raise Refused("Notes can be edited only while the booking is pending", code="wrong_status")
    booking.notes = notes
    booking.save(update_fields=["notes"])
    return booking


@transaction.atomic
def leave_feedback(*, booking_id: uuid.UUID, by: User, rating: int, comment: str, now: dt.datetime) -> Feedback:
    """The student rates a completed session from 1 to 5, once. Raises Missing, Forbidden or Refused."""
    booking = find_locked(booking_id, by)
    if booking.student_id != by.id:
        raise Forbidden("Only students can leave feedback")
    if booking.status != Status.COMPLETED:
        raise Refused("Feedback can be left only for completed bookings", code="wrong_status")
    # The booking's row is held: nobody else can be leaving feedback on it.
    if Feedback.objects.filter(booking=booking).exists():
        raise Refused("Feedback has already been left for this booking", code="already_left")
    return Feedback.objects.create(booking=booking, rating=rating, comment=comment, created_at=now)


def tell_zoom(booking: Booking, *, now: dt.datetime, is_urgent: bool = True) -> None:
    """Leaves a note, in the caller's transaction, that Zoom may not agree with the booking any more.

    A booking that never asked for a meeting needs none. What is not urgent waits for a worker.
    """
    event = OutboxEvent.objects.locked_for(booking)
    if event is not None:
        OutboxEvent.objects.filter(pk=event.pk).update(
            version=F("version") + 1, due_at=now, stopped_at=None, refusals=0
        )
    elif booking.zoom_meeting_id is not None:
        event = OutboxEvent.objects.create(booking=booking, created_at=now, due_at=now)
    if event is not None:
        event_id = event.pk
        transaction.on_commit(
            lambda: event_due.send_robust(OutboxEvent, event_id=event_id, now=now, is_urgent=is_urgent)
        )
