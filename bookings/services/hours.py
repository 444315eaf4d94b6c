"""Save a teacher's working hours and absences one at a time, or the hours of a whole week.

Duplicates are refused, and rows are limited per teacher: reading free time costs time for every row.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.db import transaction
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.errors import Invalid, Refused
from bookings.locking import contended, lock_people
from bookings.models import Availability, Booking, TimeOff
from bookings.scheduling import slots
from bookings.scheduling.slots import DAY, MIDNIGHT, Span, Window
from wall_clock import zones

# Far more than a week, a year of single days, or many years of holidays need.
MOST_WEEKLY, MOST_DATED, MOST_ABSENCES = 100, 400, 400


@contended
@transaction.atomic
def save_hours(hours: Availability, *, now: dt.datetime) -> None:
    """Save one entry of working hours. Raises Refused (duplicate, too many) or Busy."""
    check_hours(hours, now=now)
    hours.save()


def check_hours(hours: Availability, *, now: dt.datetime) -> None:
    """Refuse what `save_hours` refuses. Call it inside the transaction that saves: it holds the teacher's lock."""
    lock_people(hours.teacher_id)
    others = Availability.objects.filter(teacher_id=hours.teacher_id, date=None).exclude(pk=hours.pk)
    most, sentence = MOST_WEEKLY, _("You can have at most %(most)d weekly working hours; delete some first")
    if hours.date is not None:
        others = Availability.objects.filter(teacher_id=hours.teacher_id, date__isnull=False).exclude(pk=hours.pk)
        most = MOST_DATED
        sentence = _("You can have at most %(most)d working hours on single dates to come; delete some first")
    same = {"day_of_week": hours.day_of_week, "start_time": hours.start_time, "end_time": hours.end_time}
    if others.filter(date=hours.date, **same).exists():
        raise Refused(_("These working hours are there already"), code="duplicate")
    if hours.date is not None:
        others = others.filter(date__gte=now.date() - DAY)
    _check_count(others.count(), most, sentence)


@contended
@transaction.atomic
def save_absence(absence: TimeOff, *, now: dt.datetime) -> None:
    """Save one absence. Raises Refused (duplicate, too many) or Busy."""
    check_absence(absence, now=now)
    absence.save()


def check_absence(absence: TimeOff, *, now: dt.datetime) -> None:
    """Refuse what `save_absence` refuses. Call it inside the transaction that saves: it holds the teacher's lock."""
    lock_people(absence.teacher_id)
    others = TimeOff.objects.filter(teacher_id=absence.teacher_id).exclude(pk=absence.pk)
    if others.filter(start_time=absence.start_time, end_time=absence.end_time).exists():
        raise Refused(_("This absence is there already"), code="duplicate")
    sentence = _("You can have at most %(most)d absences to come; delete some first")
    _check_count(others.filter(end_time__gt=now).count(), MOST_ABSENCES, sentence)


def _check_count(others: int, most: int, sentence: str) -> None:
    if others >= most:
        raise Refused(sentence % {"most": most}, code="too_many")


@contended
@transaction.atomic
def replace_week(*, teacher: User, windows: Sequence[Window], now: dt.datetime) -> list[Booking]:
    """Replace the teacher's weekly hours; hours on single dates stay. Entries that do not change keep their ids.

    Return the live bookings that now lie outside all working hours, in order of their start: they stay as they are.
    Raises Invalid if windows of a day overlap, are duplicates, are empty or are too many; or Busy.
    """
    check_week(windows)
    lock_people(teacher.id)
    kept: set[Window] = set()
    for row in Availability.objects.filter(teacher=teacher, is_recurring=True):
        window = Window(row.day_of_week, row.start_time, row.end_time)
        if window in windows and window not in kept:
            kept.add(window)
        else:
            row.delete()
    Availability.objects.bulk_create(
        Availability(teacher=teacher, day_of_week=window.day_of_week, start_time=window.start, end_time=window.end)
        for window in windows
        if window not in kept
    )
    return bookings_outside_hours(teacher, now=now)


def check_week(windows: Sequence[Window]) -> None:
    """Raise Invalid unless the windows can be a teacher's week."""
    if len(windows) > MOST_WEEKLY:
        sentence = _("At most %(most)d weekly working hours are possible.")
        raise Invalid("windows", sentence % {"most": MOST_WEEKLY})
    for window in windows:
        if window.end <= window.start and window.end != MIDNIGHT:
            sentence = _("%(window)s: the end must be after the start.")
            raise Invalid("windows", sentence % {"window": _told(window)})
    for earlier, later in pairwise(sorted(windows, key=lambda window: window[:3])):
        if earlier == later:
            raise Invalid("windows", _("%(window)s is there twice.") % {"window": _told(later)})
        if earlier.day_of_week == later.day_of_week and (earlier.end == MIDNIGHT or later.start < earlier.end):
            sentence = _("%(earlier)s and %(later)s overlap.")
            raise Invalid("windows", sentence % {"earlier": _told(earlier), "later": _told(later)})


def _told(window: Window) -> str:
    return _("%(day)s %(start)s to %(end)s") % {
        "day": WEEKDAYS[window.day_of_week],
        "start": f"{window.start:%H:%M}",
        "end": f"{window.end:%H:%M}",
    }


def bookings_outside_hours(teacher: User, *, now: dt.datetime) -> list[Booking]:
    """Return the teacher's live bookings that have not ended and lie outside the working hours, in order."""
    bookings = list(Booking.objects.filter(teacher=teacher, end_time__gt=now).live().with_people())
    if not bookings:
        return []
    windows = Availability.objects.filter(teacher=teacher)
    hours = _open(
        teacher, (Window(row.day_of_week, row.start_time, row.end_time, row.date) for row in windows), bookings
    )
    return [booking for booking in bookings if not slots.fits(Span(booking.start_time, booking.end_time), hours)]


def _open(teacher: User, windows: Iterable[Window], bookings: Sequence[Booking]) -> list[Span]:
    """Return the working hours around the bookings, of which there is at least one."""
    zone = zones.load(teacher.timezone)
    first = bookings[0].start_time.astimezone(zone).date() - DAY
    last = max(booking.end_time for booking in bookings).astimezone(zone).date() + DAY
    return slots.union(slots.windows_between(first, last, list(windows), zone))
