"""The steps of a plan, as calls of the Zoom API."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_noop

from bookings.meetings.plan import (
    Agreement,
    Contradiction,
    Create,
    Delete,
    Look,
    Read,
    Search,
    Shown,
    Step,
    Update,
    Wanted,
    plan,
)
from bookings.models import Booking
from bookings.scheduling import hosts
from bookings.zoom_client import (
    MeetingDetails,
    ZoomClient,
    ZoomError,
    ZoomGone,
    ZoomHostGone,
    ZoomMeeting,
    ZoomUnavailable,
)

IN_DOUBT = gettext_noop("Zoom lists the meeting, but does not find it.")


class InDoubt(ZoomUnavailable):
    """Zoom gives contradictory answers about a meeting. Retried; if it lasts, the sync stops for an operator."""


class StepFailedError(Exception):
    """Zoom failed at a step: `error` and the `host` concerned."""

    def __init__(self, error: ZoomError, host: str) -> None:
        self.error, self.host = error, host
        super().__init__(error.sentence)


def carry_out(
    wanted: Wanted, booking: Booking, zoom: ZoomClient, *, before_write: Callable[[Create | Update], None]
) -> Agreement:
    """Plan and ask, step by step, until Zoom agrees. `before_write` may raise to end it. Raises StepFailedError."""
    steps, answer = plan(wanted), None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            return _agreed(end.value, wanted)
        if isinstance(step, Create | Update):
            before_write(step)
        answer = _take(step, booking, zoom, wanted.host)


def _agreed(outcome: Agreement | Contradiction, wanted: Wanted) -> Agreement:
    if isinstance(outcome, Contradiction):
        raise StepFailedError(InDoubt(IN_DOUBT, outcome_unknown=True), wanted.host)
    return outcome


def _take(step: Step, booking: Booking, zoom: ZoomClient, host: str) -> Any:
    try:
        return _ask(step, booking, zoom)
    except ZoomError as error:
        raise StepFailedError(error, getattr(step, "host", host)) from error


def _ask(step: Step, booking: Booking, zoom: ZoomClient) -> Any:
    match step:
        case Read(meeting_id):
            return _read(meeting_id, booking, zoom)
        case Update(meeting_id):
            return _update(meeting_id, booking, zoom)
        case Delete(meeting_id):
            return zoom.delete_meeting(meeting_id)
        case Look(host, meeting_id):
            with suppress(ZoomHostGone):
                return any(meeting.id == meeting_id for meeting in zoom.list_meetings(host))
            return False
        case Search(host):
            with suppress(ZoomHostGone):
                return zoom.find_meetings(host, marker(booking))
            return None
        case Create(host):
            return zoom.create_meeting(host, details(booking))


def _read(meeting_id: str, booking: Booking, zoom: ZoomClient) -> Shown | None:
    try:
        meeting = zoom.get_meeting(meeting_id)
    except ZoomGone:
        return None
    return Shown(meeting, is_at_its_time(meeting, booking))


def is_at_its_time(meeting: ZoomMeeting, booking: Booking) -> bool:
    return (meeting.start, meeting.duration_minutes) == (booking.start_time, booking.duration_minutes)


def _update(meeting_id: str, booking: Booking, zoom: ZoomClient) -> bool:
    try:
        zoom.update_meeting(meeting_id, details(booking))
    except ZoomGone:
        return False
    return True


def marker(booking: Booking) -> str:
    """Return the text that marks a meeting as this booking's."""
    return str(booking.id)


def details(booking: Booking) -> MeetingDetails:
    people = f"{booking.student.name or 'Student'} with {booking.teacher.name or 'Teacher'}"
    # The id comes first: Zoom's lists cut agendas, and nobody's notes may imitate a marker.
    agenda = f"{marker(booking)}\n{people}\n\n{booking.notes}".strip()
    return MeetingDetails(
        topic=people,
        agenda=agenda,
        start=booking.start_time,
        duration_minutes=booking.duration_minutes,
        timezone=booking.teacher.timezone,
    )


def host_of(booking: Booking) -> str:
    """Return the host for a new meeting if the booking's own is gone."""
    found = hosts.hosts_of(booking.teacher)
    return next((host for host in found if host != booking.zoom_host), found[0])
