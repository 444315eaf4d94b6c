"""The link with which a teacher starts a meeting as its host."""

from django.utils.translation import gettext as _

from bookings import zoom_client
from bookings.errors import ZoomFailed
from bookings.models import Booking
from bookings.zoom_client import ZoomError


def fetch_start_link(booking: Booking) -> str:
    """Ask Zoom for the link. Its holder is the host: hand it on at once, never store, log or show it.

    Raises ZoomFailed.
    """
    try:
        return zoom_client.client().within_one_limit().start_link(booking.zoom_meeting_id or "")
    except ZoomError as error:
        raise ZoomFailed(_("Failed to start the Zoom meeting: %(reason)s") % {"reason": _(error.sentence)}) from error
