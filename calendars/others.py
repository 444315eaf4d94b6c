"""Add and remove a teacher's other calendars, and list failing ones."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from bookings.errors import Refused
from bookings.locking import contended, lock_people
from bookings.services.busy_elsewhere import replace_busy
from calendars.models import OtherCalendar

MOST = 5
# The teacher is told of a calendar that has failed for this long.
PATIENCE = dt.timedelta(days=1)


@contended
@transaction.atomic
def add(*, teacher: User, address: str, name: str, now: dt.datetime) -> OtherCalendar:
    """Add a calendar, due to be read at once. Raises Refused (duplicate, too many) or Busy."""
    lock_people(teacher.id)
    others = OtherCalendar.objects.filter(teacher=teacher)
    if others.filter(address=address).exists():
        raise Refused(_("This calendar is there already"), code="duplicate")
    if others.count() >= MOST:
        sentence = ngettext(
            "You can have at most %(most)d calendars; delete one first",
            "You can have at most %(most)d calendars; delete one first",
            MOST,
        )
        raise Refused(sentence % {"most": MOST}, code="too_many")
    return OtherCalendar.objects.create(teacher=teacher, address=address, name=name, created_at=now, due_at=now)


@contended
@transaction.atomic
def remove(*, calendar: OtherCalendar) -> None:
    """Remove a calendar; its busy times can be booked again. Raises Busy."""
    # A worker that is reading it locks this row to write the times, or finds it gone.
    OtherCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    replace_busy(teacher_id=calendar.teacher_id, source=calendar.pk, spans=[])
    calendar.delete()


def failing(teacher: User, *, now: dt.datetime) -> list[OtherCalendar]:
    """Return the teacher's calendars that have failed for a day."""
    return list(OtherCalendar.objects.filter(teacher=teacher, failing_since__lte=now - PATIENCE))
