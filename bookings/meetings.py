"""What is said to Zoom about one booking, so that it has its one meeting or none. Writes nothing down.

Zoom knows no idempotency key: a create whose outcome is unknown is not repeated before the host's meetings have been
searched for the booking's id, which stands at the very start of each meeting's agenda.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from django.conf import settings

from bookings.models import Booking
from bookings.states import Status
from bookings.zoom_client import (
    MeetingDetails,
    ZoomClient,
    ZoomGone,
    ZoomHostGone,
    ZoomMeeting,
    ZoomUnavailable,
)


class Agreement(NamedTuple):
    """What came of it: the booking's meeting where it is another than before, and whether to look again.

    `is_doubtful`: Zoom says that a meeting which we know of is gone. It may say so of one that it made a moment ago and
    does not find everywhere yet; that one would come to light again.
    """

    meeting: ZoomMeeting | None = None
    is_doubtful: bool = False


def agree(booking: Booking, zoom: ZoomClient, *, may_have_more: bool, before_create: Callable[[], None]) -> Agreement:
    """Makes Zoom agree with the booking. Raises ZoomError.

    `may_have_more`: an earlier create may have worked, unknown to us. `before_create` is called before a new one.
    """
    if booking.status == Status.COMPLETED:
        return Agreement()
    if booking.status != Status.CONFIRMED:
        return _delete_all(booking, zoom, may_have_more=may_have_more)
    # Its own by its number, not by a search: Zoom's lists lag, and the link that people have is to stay theirs.
    try:
        zoom.update_meeting(booking.zoom_meeting_id or "", _details(booking))
    except ZoomGone:
        is_doubtful = booking.zoom_meeting_id is not None
        _be_sure(booking, zoom)
        before_create()
        meeting = adopt_or_create(booking, zoom, may_have_more=may_have_more or is_doubtful)
        return Agreement(meeting, is_doubtful)
    if may_have_more:
        _delete_found(booking, zoom, but=booking.zoom_meeting_id)
    return Agreement()


class InDoubt(ZoomUnavailable):
    """Zoom contradicts itself about a meeting. That should pass; where it lasts, somebody must look."""


def _be_sure(booking: Booking, zoom: ZoomClient) -> None:
    """Raises InDoubt where Zoom still lists the meeting that it says is gone: to be asked again later.

    A new meeting has a new link, and people have the old one.
    """
    number = booking.zoom_meeting_id
    with suppress(ZoomHostGone):
        if number and any(meeting.id == number for meeting in zoom.list_meetings(booking.zoom_host)):
            raise InDoubt("Zoom lists the meeting, but does not find it.", outcome_unknown=True)


def adopt_or_create(booking: Booking, zoom: ZoomClient, *, may_have_more: bool) -> ZoomMeeting:
    """The one meeting of a booking that has none: the oldest that is found, where an earlier create may have worked,
    else a new one. Others are deleted. Where the booking's host is gone, `zoom_host` is set to the present one.
    """
    found = _found(booking, zoom) if may_have_more else []
    for extra in found[1:]:
        zoom.delete_meeting(extra.id)
    for meeting in found[:1]:
        with suppress(ZoomGone):  # deleted since it was found
            zoom.update_meeting(meeting.id, _details(booking))
            return meeting
    return zoom.create_meeting(booking.zoom_host, _details(booking))


def host_of(booking: Booking) -> str:
    """Under whom a meeting of this booking's teacher would be made now."""
    return booking.teacher.rules.zoom_host or settings.ZOOM_DEFAULT_HOST


def _found(booking: Booking, zoom: ZoomClient) -> list[ZoomMeeting]:
    """The booking's meetings. A host who is gone has none; the teacher's present one may have."""
    with suppress(ZoomHostGone):
        return zoom.find_meetings(booking.zoom_host, marker(booking))
    booking.zoom_host = host_of(booking)
    with suppress(ZoomHostGone):
        return zoom.find_meetings(booking.zoom_host, marker(booking))
    return []


def _delete_all(booking: Booking, zoom: ZoomClient, *, may_have_more: bool) -> Agreement:
    was_there = zoom.delete_meeting(booking.zoom_meeting_id) if booking.zoom_meeting_id else True
    if may_have_more:
        _delete_found(booking, zoom)
    return Agreement(is_doubtful=not was_there)


def _delete_found(booking: Booking, zoom: ZoomClient, *, but: str | None = None) -> None:
    for meeting in _found(booking, zoom):
        if meeting.id != but:
            zoom.delete_meeting(meeting.id)


def marker(booking: Booking) -> str:
    """What tells the booking's meetings from all others."""
    return str(booking.id)


def _details(booking: Booking) -> MeetingDetails:
    people = f"{booking.student.name or 'Student'} with {booking.teacher.name or 'Teacher'}"
    # The id first: Zoom's lists show only the beginning of an agenda, and nobody's notes may pass for a marker.
    agenda = f"{marker(booking)}\n{people}\n\n{booking.notes}".strip()
    return MeetingDetails(
        topic=people, agenda=agenda, start=booking.start_time, duration_minutes=booking.duration_minutes
    )
