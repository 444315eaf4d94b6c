"""The list of bookings, its filter, and its export as CSV."""

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.models import Booking
from bookings.querysets import BookingQuerySet
from bookings.scheduling.slots import days_between
from bookings.states import Status
from bookings.stored_reasons import in_words
from wall_clock import zones
from workplace.history import state_words
from workplace.moments import day_in_year, span

MOST_EXPORTED = 10_000


class Filter:
    """Which bookings to show; invalid values are ignored."""

    WHEN: ClassVar[dict[str, Any]] = {
        "upcoming": gettext_lazy("Upcoming"),
        "today": gettext_lazy("Today"),
        "past": gettext_lazy("Past"),
        "all": gettext_lazy("All"),
    }
    STATUS: ClassVar[dict[str, Any]] = {
        "": gettext_lazy("Any state"),
        Status.PENDING.value: gettext_lazy("Waiting"),
        Status.CONFIRMED.value: gettext_lazy("Confirmed"),
        Status.COMPLETED.value: gettext_lazy("Took place, or should have"),
        Status.CANCELLED.value: gettext_lazy("Cancelled"),
    }

    def __init__(self, data: QueryDict) -> None:
        when, status = data.get("when", ""), data.get("status", "")
        self.when = when if when in self.WHEN else "upcoming"
        self.status = status if status in self.STATUS else ""
        # PostgreSQL text cannot hold NUL.
        self.words = data.get("q", "").replace("\0", "")[:100]

    @property
    def words_for_it(self) -> str:
        """Return a description of the filter."""
        parts = [str(self.WHEN[self.when]), *([str(self.STATUS[self.status])] if self.status else [])]
        return ", ".join([*parts, *([f"“{self.words}”"] if self.words else [])])

    @property
    def query(self) -> str:
        """Return the filter as a query string."""
        asked = QueryDict(mutable=True)
        asked.update({"when": self.when, "status": self.status, "q": self.words})
        return asked.urlencode()

    def apply(self, user: User, *, now: dt.datetime) -> BookingQuerySet:
        """Return the bookings that the user may see, the next or the latest first."""
        wanted = self._when(now)
        if self.status:
            wanted &= Q(status=self.status)
        for word in self.words.split():
            wanted &= _named(word, user)
        ascending = self.when in ("upcoming", "today")
        return (
            Booking.objects.visible_to(user).filter(wanted).order_by("start_time" if ascending else "-start_time", "id")
        )

    def _when(self, now: dt.datetime) -> Q:
        if self.when == "upcoming":
            return Q(end_time__gt=now)
        if self.when == "past":
            return Q(end_time__lte=now)
        if self.when == "today":
            zone = zones.active()
            day = days_between(today := now.astimezone(zone).date(), today, zone)
            assert day is not None  # now is in it
            return Q(start_time__gte=day.start, start_time__lt=day.end)
        return Q()


def _named(word: str, user: User) -> Q:
    people = ("student", "teacher") if user.is_superuser else ("student",)
    fields = ("first_name", "last_name", "email") if user.is_superuser else ("first_name", "last_name")
    found = Q()
    for person in people:
        for field in fields:
            found |= Q(**{f"{person}__{field}__icontains": word})
    return found


HEAD = [
    gettext_lazy("Date"),
    gettext_lazy("Time"),
    gettext_lazy("Minutes"),
    gettext_lazy("Student"),
    gettext_lazy("Teacher"),
    gettext_lazy("State"),
    gettext_lazy("Note"),
    gettext_lazy("Reason"),
    gettext_lazy("Asked"),
    gettext_lazy("Booking"),
]


def as_csv(bookings: Iterable[Booking]) -> str:
    """Return a table for spreadsheets, times by the active zone's clock."""
    sink = io.StringIO()
    table = csv.writer(sink)
    table.writerow(HEAD)
    table.writerows([safe(cell) for cell in _cells(booking)] for booking in bookings)
    return sink.getvalue()


def _cells(booking: Booking) -> list[str]:
    return [
        f"{timezone.localtime(booking.start_time):%Y-%m-%d}",
        span(booking.start_time, booking.end_time),
        str(booking.duration_minutes),
        str(booking.student),
        str(booking.teacher),
        state_words(booking),
        booking.notes,
        in_words(booking.cancellation_reason),
        day_in_year(booking.created_at),
        str(booking.id),
    ]


def safe(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it for a formula (owasp.org, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
