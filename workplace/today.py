"""A teacher's day: requests, sessions, the week in figures, and problems with Zoom or other calendars."""

import datetime as dt
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.db.models import Avg, Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from bookings.models import Booking, Feedback, MeetingSync
from bookings.querysets import BookingQuerySet
from bookings.scheduling.slots import DAY, Span, days_between
from bookings.states import Party, Status
from calendars import others
from calendars.models import OtherCalendar
from wall_clock import zones
from workplace import time
from workplace.meetings import Way, way_into
from workplace.states import ABSENT, HELD
from workplace.time import TeachersTime, span_of, total


class Request(NamedTuple):
    """An unanswered request, and conflicts with it."""

    booking: Booking
    is_outside: bool
    is_blocked: bool


class Session(NamedTuple):
    """A session of today; `way`: how its teacher enters the meeting, None once it is over."""

    booking: Booking
    way: Way | None
    is_over: bool
    is_near: bool


class Step(NamedTuple):
    """A first step of setup for a new teacher."""

    name: str
    is_done: bool


class Today:
    FIRST: ClassVar[int] = 10
    # The meeting's button is highlighted from this long before its start.
    NEAR: ClassVar[dt.timedelta] = dt.timedelta(minutes=15)
    SOON: ClassVar[dt.timedelta] = dt.timedelta(hours=1)

    def __init__(self, teacher: User, now: dt.datetime, most: int | None) -> None:
        self.teacher, self.now, self.most = teacher, now, most
        self.date = now.astimezone(zones.load(teacher.timezone)).date()
        self.monday = self.date - self.date.weekday() * DAY
        self.time: TeachersTime = time.read(teacher, self.monday)

    @classmethod
    def of(cls, teacher: User, *, now: dt.datetime, most: int | None) -> Self:
        """Return the teacher's day with the first `most` (None: all) requests."""
        return cls(teacher, now, most)

    # --- Requests ---

    @cached_property
    def requests(self) -> list[Request]:
        """The requests to show, soonest first."""
        found = self._unanswered.select_related("student").annotate(lessons=lessons_before()).order_by("start_time")
        return [
            Request(booking, self.time.is_outside(span_of(booking)), self.time.is_blocked(span_of(booking)))
            for booking in found[: self.most]
        ]

    @cached_property
    def request_count(self) -> int:
        shown = len(self.requests)
        return shown if self.most is None or shown < self.most else self._unanswered.count()

    @property
    def _unanswered(self) -> BookingQuerySet:
        return Booking.objects.filter(
            teacher=self.teacher, status=Status.PENDING, awaits=Party.TEACHER, start_time__gt=self.now
        )

    # --- Sessions ---

    @cached_property
    def _held(self) -> list[Booking]:
        """The sessions of this week, and of tomorrow where that is next week."""
        last = max(self.monday + 6 * DAY, self.date + DAY)
        span = self._span(self.monday, last)
        found = Booking.objects.filter(
            teacher=self.teacher, status__in=HELD, start_time__gte=span.start, start_time__lt=span.end
        )
        return list(found.select_related("student").order_by("start_time"))

    def _span(self, first: dt.date, last: dt.date) -> Span:
        zone = zones.load(self.teacher.timezone)
        # A date that the zone skipped has no sessions.
        return days_between(first, last, zone) or Span(self.now, self.now)

    def _on(self, first: dt.date, last: dt.date) -> list[Booking]:
        span = self._span(first, last)
        return [booking for booking in self._held if span.start <= booking.start_time < span.end]

    @cached_property
    def sessions(self) -> list[Session]:
        return [self._session(booking) for booking in self._on(self.date, self.date)]

    def _session(self, booking: Booking) -> Session:
        is_over = booking.status == Status.COMPLETED or booking.end_time <= self.now
        return Session(
            booking,
            None if is_over else self._way(booking),
            is_over,
            self._is_near(booking),
        )

    def _is_near(self, booking: Booking) -> bool:
        return booking.start_time - self.NEAR <= self.now < booking.end_time

    def _way(self, booking: Booking) -> Way | None:
        # Set the teacher, so that it is not queried for each session.
        booking.teacher = self.teacher
        if settings.ZOOM_SHARED_HOST_START and not self._is_near(booking):
            return Way(True, booking.zoom_join_url)  # it is not known yet whether the host will be busy
        return way_into(booking, self.teacher, now=self.now)

    @property
    def comes_first(self) -> bool:
        """Whether something starts within the hour, or has begun."""
        return any(
            not session.is_over and session.booking.start_time - self.SOON <= self.now for session in self.sessions
        )

    @cached_property
    def tomorrow(self) -> list[Booking]:
        return self._on(self.date + DAY, self.date + DAY)

    @cached_property
    def next(self) -> Booking | None:
        """The next session after today."""
        if self.tomorrow:
            return self.tomorrow[0]
        coming = Booking.objects.filter(teacher=self.teacher, status=Status.CONFIRMED, start_time__gt=self.now)
        return coming.select_related("student").order_by("start_time").first()

    # --- The week in figures ---

    @cached_property
    def week(self) -> dict[str, Any]:
        sessions = self._on(self.monday, self.monday + 6 * DAY)
        ratings = Feedback.objects.filter(booking__teacher=self.teacher)
        return {
            "sessions": len(sessions),
            "booked": total([span_of(booking) for booking in sessions]),
            "open": self.time.open_length(self.monday, self.monday + 6 * DAY),
            **ratings.aggregate(rating=Avg("rating"), students=Count("booking__student", distinct=True)),
        }

    @cached_property
    def feedback(self) -> list[Feedback]:
        """The newest three."""
        found = Feedback.objects.filter(booking__teacher=self.teacher).select_related("booking__student")
        return list(found.order_by("-created_at")[:3])

    # --- Zoom ---

    @cached_property
    def problems(self) -> list[MeetingSync]:
        """Failed or refused syncs of this teacher's coming sessions."""
        failed = Q(stopped_at__isnull=False) | ~Q(last_error="")
        found = MeetingSync.objects.open().filter(
            failed, booking__teacher=self.teacher, booking__end_time__gt=self.now, booking__status__in=HELD
        )
        return list(found.select_related("booking__student").order_by("booking__start_time")[:5])

    # --- Other calendars ---

    @cached_property
    def failing_calendars(self) -> list[OtherCalendar]:
        return others.failing(self.teacher, now=self.now)

    # --- A new teacher ---

    @cached_property
    def steps(self) -> list[Step]:
        """Setup steps of a teacher without hours and bookings; none for others."""
        if self.time.windows or self.requests or self._held or self.next:
            return []
        return [
            Step("zone", self.teacher.timezone != "UTC"),
            Step("hours", False),  # a teacher with hours needs no steps
            Step("zoom", bool(self.teacher.rules.zoom_host)),
        ]


def lessons_before() -> Coalesce:
    """Return an annotation: how many lessons the booking's two people have had."""
    held = (
        Booking.objects.filter(student=OuterRef("student"), teacher=OuterRef("teacher"), status=Status.COMPLETED)
        .exclude(outcome__in=ABSENT)
        .order_by()
        .values("student")
        .annotate(number=Count("pk"))
    )
    return Coalesce(Subquery(held.values("number")), 0)
