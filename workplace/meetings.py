"""How a teacher enters the meeting of a session."""

import datetime as dt
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings import services
from bookings.models import Booking


class Way(NamedTuple):
    """As its host, or by the students' link with the reason."""

    is_host: bool
    join_url: str | None
    reason: "str | Promise" = ""


REASONS = {
    "permission_denied": _("The session is another teacher's."),
    "not_own_host": _("It runs under the school's Zoom user, whose host lets you in."),
    "host_busy": _("Another meeting of the same Zoom user is running now."),
}


def way_into(booking: Booking, teacher: User, *, now: dt.datetime) -> Way | None:
    """Return the way; None if there is no meeting or it is over. Costs a query for a shared host."""
    if not booking.has_meeting or booking.end_time <= now:
        return None
    refusal = services.start_refusal(booking, by=teacher, now=now)
    if refusal is None:
        return Way(True, booking.zoom_join_url)
    return Way(False, booking.zoom_join_url, REASONS.get(refusal.code, refusal.sentence))
