import datetime as dt
import uuid

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from bookings.errors import BookingError, Forbidden, Missing, Refused
from bookings.meetings.start import fetch_start_link
from bookings.models import Booking
from bookings.states import Status

NOT_OWN_HOST = gettext_noop("This meeting is hosted by the school's Zoom account; join it instead of starting it")
HOST_BUSY = gettext_noop("Another meeting of the same Zoom host is running")


def start_link(*, booking_id: uuid.UUID, by: User, now: dt.datetime) -> str:
    """Return Zoom's own link by which the teacher starts the meeting as its host, fetched at this moment.

    A secret: its holder acts as that Zoom user. Redirect to it, and never store, log or show it.
    Raises Missing, Forbidden, Refused or ZoomFailed.
    """
    booking = Booking.objects.visible_to(by).with_people().filter(id=booking_id).first()
    if booking is None:
        raise Missing(_("Booking not found"))
    if refusal := start_refusal(booking, by=by, now=now):
        raise refusal
    return fetch_start_link(booking)


def start_refusal(booking: Booking, *, by: User, now: dt.datetime) -> BookingError | None:
    """Return why `by` cannot start the meeting; None if they can. Does not call Zoom."""
    if by.id != booking.teacher_id:
        return Forbidden(_("Only teachers can start meetings"))
    if booking.status != Status.CONFIRMED:
        status = Status(booking.status).label.lower()
        sentence = _("Only confirmed bookings can be started; this one is %(status)s") % {"status": status}
        return Refused(sentence, code="wrong_status")
    is_own_host = booking.zoom_host == booking.teacher.rules.zoom_host != ""
    if not is_own_host and not settings.ZOOM_SHARED_HOST_START:
        return Refused(_(NOT_OWN_HOST), code="not_own_host")
    if not is_own_host and _is_host_busy(booking, now):
        return Refused(_(HOST_BUSY), code="host_busy")
    return None


def _is_host_busy(booking: Booking, now: dt.datetime) -> bool:
    """Return True if another session's meeting is running under the shared host.

    Zoom lets a host run one meeting at a time: to start this one would end that one.
    """
    others = Booking.objects.filter(status=Status.CONFIRMED, zoom_host=booking.zoom_host).exclude(id=booking.id)
    return others.filter(meeting_started_at__lte=now, end_time__gt=now).exists()
