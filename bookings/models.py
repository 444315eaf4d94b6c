"""The models: working hours, absences, bookings with their history, feedback, and the outbox for Zoom."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import MAX_BUFFER_MINUTES, User
from bookings import moves
from bookings.changes import BookingChange as BookingChange
from bookings.constraints import NoOverlap
from bookings.errors import BookingError
from bookings.feedback import Feedback as Feedback
from bookings.host_days import HostDay as HostDay
from bookings.idempotency_keys import IdempotencyKey as IdempotencyKey
from bookings.metrics import count_move
from bookings.querysets import BookingQuerySet, MeetingSyncQuerySet, NextPosition
from bookings.rating_totals import Rating as Rating
from bookings.signals import booking_moved, booking_moving
from bookings.states import ANYTHING, LIVE, REOPENED, TO, Actor, Expected, Move, Outcome, Party, Status, has_meeting
from bookings.working_hours import Availability as Availability
from bookings.working_hours import BusyElsewhere as BusyElsewhere
from bookings.working_hours import TimeOff as TimeOff
from database.prepared_insert import PreparedInsert, write_together
from outbox.models import Claim, OutboxRow
from wall_clock.zones import when

MIN_DURATION_MINUTES, MAX_DURATION_MINUTES = 5, 480
# No booking blocks more than this, so a search by start time knows how far back to look.
LONGEST_BLOCK = dt.timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)

Before = tuple[str, dt.datetime | None, dt.datetime | None]  # status, start and end
ZOOM_FIELDS = ("zoom_meeting_id", "zoom_join_url", "zoom_password", "zoom_host", "host_lane")

NO_TEACHER_OVERLAP = "no_overlap_for_teacher"
NO_STUDENT_OVERLAP = "no_overlap_for_student"
NO_HOST_OVERLAP = "no_overlap_for_zoom_host"
ONE_BOOKING_PER_MEETING = "one_booking_per_meeting"


class Booking(models.Model):
    """A session that a student asks of a teacher. Its status changes only by the moves below."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="booked_bookings",
        db_index=False,
        verbose_name=_("student"),
    )
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="taught_bookings",
        db_index=False,
        verbose_name=_("teacher"),
    )
    start_time = models.DateTimeField(_("start time"))
    end_time = models.DateTimeField(_("end time"))
    blocked_until = models.DateTimeField(editable=False, help_text="The end, and the teacher's buffer after it.")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING, editable=False)
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    cancellation_reason = models.CharField(_("cancellation reason"), max_length=500, blank=True)
    zoom_meeting_id = models.CharField(  # noqa: DJ001  # the spec answers null
        _("zoom meeting id"), max_length=20, null=True, blank=True
    )
    zoom_join_url = models.URLField(max_length=1000, null=True, blank=True)  # noqa: DJ001  # the spec answers null
    zoom_password = models.CharField(max_length=20, blank=True)
    zoom_host = models.CharField(
        _("zoom host"), max_length=200, blank=True, help_text=_("Under whom the meeting was made.")
    )
    host_lane = models.PositiveSmallIntegerField(
        null=True,
        editable=False,
        help_text="Which of the meetings that its host may run at once; see ZOOM_HOST_CONCURRENCY.",
    )
    meeting_started_at = models.DateTimeField(null=True, blank=True, help_text="When Zoom said that it began.")
    meeting_ended_at = models.DateTimeField(null=True, blank=True, help_text="When Zoom last said that it ended.")
    created_at = models.DateTimeField(editable=False)
    # Each default is also a database default: processes of the previous version still add rows without these columns.
    updated_at = models.DateTimeField(editable=False, db_default=Now())
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False, help_text="Grows with every move.")
    awaits = models.CharField(
        max_length=10,
        choices=Party,
        default=Party.TEACHER,
        db_default=Party.TEACHER,
        editable=False,
        help_text="Whose answer it awaits while it is pending.",
    )
    cancelled_by = models.CharField(max_length=10, choices=Actor, blank=True, default="", db_default="", editable=False)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True, default="", db_default="", editable=False)
    feed_position = models.BigIntegerField(
        default=0, db_default=0, editable=False, help_text="Grows with every change, in the order of the commits."
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("booking"), _("bookings")
        ordering = ["start_time", "id"]
        indexes = [
            models.Index(fields=["teacher", "start_time"], name="booking_by_teacher"),
            models.Index(fields=["student", "start_time"], name="booking_by_student"),
            models.Index(fields=["start_time"], name="booking_by_start"),  # for staff, who see everybody's
            models.Index(fields=["start_time"], condition=Q(status=Status.PENDING), name="booking_unanswered"),
            models.Index(fields=["end_time"], condition=Q(status=Status.CONFIRMED), name="booking_unfinished"),
            models.Index(fields=["teacher", "feed_position"], name="booking_feed_of_teacher"),
            models.Index(fields=["student", "feed_position"], name="booking_feed_of_student"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["zoom_meeting_id"], name=ONE_BOOKING_PER_MEETING),
            NoOverlap(
                name=NO_TEACHER_OVERLAP, person="teacher", start="start_time", end="blocked_until", statuses=LIVE
            ),
            NoOverlap(name=NO_STUDENT_OVERLAP, person="student", start="start_time", end="end_time", statuses=LIVE),
            NoOverlap(
                name=NO_HOST_OVERLAP,
                person=("zoom_host", "host_lane"),
                start="start_time",
                end="end_time",
                statuses=LIVE,
            ),
            models.CheckConstraint(condition=Q(status__in=list(Status)), name="booking_status_is_known"),
            models.CheckConstraint(condition=~Q(student=F("teacher")), name="booking_has_two_people"),
            models.CheckConstraint(condition=Q(end_time__gt=F("start_time")), name="booking_ends_after_start"),
            models.CheckConstraint(
                condition=Q(end_time__lte=F("start_time") + dt.timedelta(minutes=MAX_DURATION_MINUTES)),
                name="booking_is_at_most_480_minutes",
            ),
            models.CheckConstraint(
                condition=Q(blocked_until__gte=F("end_time"))
                & Q(blocked_until__lte=F("end_time") + dt.timedelta(minutes=MAX_BUFFER_MINUTES)),
                name="booking_blocks_its_time_and_buffer",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.CONFIRMED) | Q(zoom_meeting_id__isnull=False),
                name="booking_confirmed_has_meeting",
            ),
            models.CheckConstraint(condition=Q(awaits__in=list(Party)), name="booking_awaits_a_party"),
            models.CheckConstraint(
                condition=Q(cancelled_by="") | Q(cancelled_by__in=list(Actor), status=Status.CANCELLED),
                name="booking_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=list(Outcome), status=Status.COMPLETED),
                name="booking_outcome_once_completed",
            ),
        ]

    def __str__(self) -> str:
        names = {"when": when(self.start_time), "student": self.student, "teacher": self.teacher}
        return gettext("%(when)s, %(student)s with %(teacher)s") % names

    # --- Derived from the row ---

    @property
    def student_name(self) -> str:
        return self.student.name

    @property
    def teacher_name(self) -> str:
        return self.teacher.name

    @property
    def duration_minutes(self) -> int:
        """The length of the session."""
        return int((self.end_time - self.start_time).total_seconds() // 60)

    @property
    def teacher_timezone(self) -> str:
        return self.teacher.timezone

    @property
    def student_timezone(self) -> str:
        return self.student.timezone

    @property
    def has_active_teacher(self) -> bool:
        return self.teacher.is_active

    def notice_minutes(self, move: Move) -> int:
        """Return the notice that the teacher asks of students for this move."""
        asked = self.teacher.rules
        notices = {Move.CANCEL: asked.cancel_notice_minutes, Move.RESCHEDULE: asked.reschedule_notice_minutes}
        return notices.get(move, 0)

    @property
    def has_meeting(self) -> bool:
        # The meeting of a cancelled booking is gone, or about to be.
        return has_meeting(self.zoom_meeting_id, self.status)

    @property
    def shown_meeting(self) -> tuple[str | None, str | None, str] | None:
        """The meeting as the parties see it: number, link and passcode."""
        return (self.zoom_meeting_id, self.zoom_join_url, self.zoom_password) if self.has_meeting else None

    @property
    def took_place(self) -> bool:
        """True if the session is over and nobody was reported absent."""
        return self.status == Status.COMPLETED and self.outcome not in (Outcome.STUDENT_ABSENT, Outcome.TEACHER_ABSENT)

    def refusal(
        self, move: Move, *, by: User | None, now: dt.datetime, expected: Expected = ANYTHING
    ) -> BookingError | None:
        """Return why `by` (None: the system) may not make this move at `now`; None if they may."""
        return moves.refusal(self, move, by=by, now=now, expected=expected)

    def allows(self, move: Move, *, by: User, now: dt.datetime) -> bool:
        return self.refusal(move, by=by, now=now) is None

    def is_as(self, expected: Expected) -> bool:
        return moves.changed(self, expected) is None

    def allowed_until(self, move: Move, *, by: User, now: dt.datetime) -> dt.datetime | None:
        """Return until when `by` may cancel or reschedule; None if they may not at `now`."""
        return moves.allowed_until(self, move, by=by, now=now)

    # --- Moves, in a transaction with the locks of `find_locked`: check, save, record. Raise Forbidden, or Refused. ---

    def request(self, *, now: dt.datetime, by: User | None = None) -> None:
        """Store a new request by its student, or `by` another person for them. The database refuses a taken time."""
        self.updated_at = now
        self._record(Move.REQUEST, by=by or self.student, now=now, before=("", None, None), is_new=True)

    def confirm(self, *, by: User | None, now: dt.datetime, expected: Expected = ANYTHING) -> None:
        """Confirm the session; the meeting's fields are already set."""
        self._check(Move.CONFIRM, by=by, now=now, expected=expected)
        self._move(Move.CONFIRM, by=by, now=now, save=[*ZOOM_FIELDS])

    def cancel(
        self,
        *,
        by: User | None,
        now: dt.datetime,
        reason: str,
        expected: Expected = ANYTHING,
        move: Move = Move.CANCEL,
        despite_notice: bool = False,
    ) -> None:
        """Cancel the session. `move`: CANCEL, or DECLINE by the party that was asked."""
        # The system needs no notice.
        self._check(move, by=None if despite_notice else by, now=now, expected=expected)
        self.cancellation_reason, self.cancelled_by = reason, moves.actor(self, by)
        self._move(move, by=by, now=now, reason=reason, save=["cancellation_reason", "cancelled_by"])

    def complete(
        self,
        *,
        by: User | None,
        now: dt.datetime,
        reason: str = "",
        outcome: Outcome = Outcome.TOOK_PLACE,
        expected: Expected = ANYTHING,
    ) -> None:
        self._check(Move.COMPLETE, by=by, now=now, expected=expected)
        self.outcome = outcome
        self._move(Move.COMPLETE, by=by, now=now, reason=reason or _noted(outcome), save=["outcome"])

    def correct(self, *, by: User, now: dt.datetime, outcome: Outcome, expected: Expected = ANYTHING) -> None:
        """Correct the outcome of a past session."""
        self._check(Move.CORRECT, by=by, now=now, expected=expected)
        self.outcome = outcome
        self._move(Move.CORRECT, by=by, now=now, reason=outcome.in_english, save=["outcome"])

    def reschedule(
        self,
        *,
        by: User | None,
        now: dt.datetime,
        start: dt.datetime,
        end: dt.datetime,
        blocked_until: dt.datetime,
        expected: Expected = ANYTHING,
    ) -> None:
        """Move to another time. The status stays, unless the teacher wants to agree to a student's moves."""
        before = (self.status, self.start_time, self.end_time)
        self._check(Move.RESCHEDULE, by=by, now=now, expected=expected)
        self.start_time, self.end_time, self.blocked_until = start, end, blocked_until
        if by is not None and by.id == self.student_id:
            self.awaits = Party.TEACHER
            if self.status == Status.CONFIRMED and self.teacher.rules.reconfirm_moves:
                self.status = REOPENED
        self._move(
            Move.RESCHEDULE,
            by=by,
            now=now,
            before=before,
            save=["start_time", "end_time", "blocked_until", "awaits", "host_lane"],
        )

    def save_changed(self, *fields: str, now: dt.datetime) -> None:
        """Save the fields and put the booking into the feed of changes."""
        self.updated_at, self.feed_position = now, NextPosition()
        self.save(update_fields=[*fields, "updated_at", "feed_position"])
        del self.feed_position  # set by the database: reload on next access

    def _check(self, move: Move, *, by: User | None, now: dt.datetime, expected: Expected) -> None:
        if refusal := self.refusal(move, by=by, now=now, expected=expected):
            raise refusal

    def _move(
        self,
        move: Move,
        *,
        by: User | None,
        now: dt.datetime,
        reason: str = "",
        save: Sequence[str] = (),
        before: Before | None = None,
    ) -> None:
        before = before or (self.status, self.start_time, self.end_time)
        self.status = TO.get(move, Status(self.status))
        self.version += 1
        self.save_changed("status", "version", *save, now=now)
        self._record(move, by=by, now=now, before=before, reason=reason)

    def _record(
        self,
        move: Move,
        *,
        by: User | None,
        now: dt.datetime,
        before: Before,
        reason: str = "",
        is_new: bool = False,
    ) -> None:
        status, start, end = before
        change = BookingChange(
            booking=self,
            move=move,
            by=by,
            at=now,
            reason=reason,
            from_status=status,
            to_status=self.status,
            from_start=start,
            from_end=end,
            to_start=self.start_time,
            to_end=self.end_time,
        )
        told: Any = booking_moving.send(sender=Booking, booking=self, change=change)
        write_together((new_bookings, [self] if is_new else []), *(rows for _, rows in told), (new_changes, [change]))
        count_move(move)
        booking_moved.send(sender=Booking, booking=self, change=change)


new_bookings, new_changes = PreparedInsert(Booking, feed_position=NextPosition()), PreparedInsert(BookingChange)


def _noted(outcome: Outcome) -> str:
    return "" if outcome == Outcome.TOOK_PLACE else outcome.in_english


class MeetingSync(OutboxRow):
    """An outbox row for a booking that Zoom may not agree with yet. A booking has at most one open."""

    # How long a requested meeting may still appear: Zoom's timeouts, and the lag of its lists.
    GRACE = dt.timedelta(minutes=10)

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="meeting_syncs", verbose_name=_("booking")
    )
    create_sent_at = models.DateTimeField(
        _("create sent at"), null=True, blank=True, help_text="Last create or 'gone' answer whose outcome is unknown."
    )
    reads_back = models.BooleanField(default=False, help_text="Look at Zoom first: something was changed there.")

    objects = MeetingSyncQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("meeting sync"), _("meeting syncs")
        db_table = "bookings_outboxevent"  # its name before there was a second outbox
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["booking"], condition=Q(done_at=None), name="outbox_one_open_per_booking"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="outbox_open_by_due")]

    def __str__(self) -> str:
        return gettext("Sync %(number)s for %(booking)s") % {"number": self.pk, "booking": self.booking}

    def claim(self, now: dt.datetime, lease: dt.timedelta) -> Claim:
        if self.leased_until is not None:
            # The previous lease expired; its request may still take effect, so search again.
            self.create_sent_at = now
        return super().claim(now, lease)

    def clear_create(self, earlier: dt.datetime | None, now: dt.datetime) -> None:
        """Clear `create_sent_at` unless the create of `earlier` may still surface. Not saved yet."""
        if earlier is None or now >= earlier + self.GRACE:
            self.create_sent_at = None
