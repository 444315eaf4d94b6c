"""Add and remove a teacher's other calendars, and list failing ones."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from bookings.errors import Invalid, Missing, Refused
from bookings.locking import contended, lock_people
from bookings.services.busy_elsewhere import replace_busy
from calendars import passwords
from calendars.models import Kind, OtherCalendar

MOST = 5
# The teacher is told of a calendar that has failed for this long.
PATIENCE = dt.timedelta(days=1)


@contended
@transaction.atomic
def add(
    *, teacher: User, address: str, name: str, username: str = "", password: str = "", now: dt.datetime
) -> OtherCalendar:
    """Add a calendar, due to be read at once; with a user name and password, a CalDAV account.

    Raises Refused (duplicate, too many) or Busy.
    """
    lock_people(teacher.id)
    others = OtherCalendar.objects.filter(teacher=teacher)
    if others.filter(address=address, username=username).exists():
        raise Refused(_("This calendar is there already"), code="duplicate")
    if others.count() >= MOST:
        sentence = ngettext(
            "You can have at most %(most)d calendars; delete one first",
            "You can have at most %(most)d calendars; delete one first",
            MOST,
        )
        raise Refused(sentence % {"most": MOST}, code="too_many")
    return OtherCalendar.objects.create(
        teacher=teacher,
        kind=Kind.CALDAV if username else Kind.ICS,
        address=address,
        name=name,
        username=username,
        encrypted_password=passwords.encrypt(password) if username else "",
        created_at=now,
        due_at=now,
    )


@contended
@transaction.atomic
def change_password(*, calendar: OtherCalendar, password: str, now: dt.datetime) -> OtherCalendar:
    """Replace the password of a CalDAV account, and have it read at once. Raises Invalid, Missing or Busy."""
    if calendar.kind != Kind.CALDAV:
        raise Invalid("password", _("Only a CalDAV account has a password."))
    held = OtherCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    if held is None:
        raise Missing(_("This calendar is no longer there"))
    held.encrypted_password = passwords.encrypt(password)
    held.failing_since, held.last_error = None, ""
    held.renew(now)
    return held


@contended
@transaction.atomic
def remove(*, calendar: OtherCalendar) -> None:
    """Remove a calendar; its busy times can be booked again. Raises Busy."""
    # A worker that is reading it locks this row to write the times, or finds it gone.
    OtherCalendar.objects.select_for_update().filter(pk=calendar.pk).first()
    replace_busy(teacher_id=calendar.teacher_id, source=calendar.pk, spans=[])
    calendar.delete()


def failing(teacher: User, *, now: dt.datetime) -> list[OtherCalendar]:
    """Return the teacher's calendars that have failed for a day, or whose password is wrong."""
    is_told = Q(failing_since__lte=now - PATIENCE) | Q(refusals__gt=0)
    return list(OtherCalendar.objects.filter(is_told, teacher=teacher))
