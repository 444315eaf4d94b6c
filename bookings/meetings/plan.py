"""What to ask of Zoom so that a booking has its one meeting, or none. Plain Python: no Django, no network, no clock.

A plan is a generator. It yields the next step and is sent what Zoom answered, until it returns an Agreement or a
Contradiction. Zoom knows no idempotency key: a create whose outcome is unknown is not repeated before the host's
meetings have been searched for the booking's marker.
"""

import enum
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from bookings.zoom_client import ZoomMeeting


class Wish(enum.Enum):
    ONE_MEETING = enum.auto()
    NO_MEETING = enum.auto()
    LEAVE = enum.auto()  # leave a past session as it is


class Wanted(NamedTuple):
    """What a booking needs, and what is known of its meeting.

    `host` is the one under whom the meeting was made, `current_host` the one for a new meeting. `may_have_more`: an
    earlier create may have made a meeting that was never recorded. `reads_back`: something was changed at Zoom, so
    its link and passcode are read as well, and nothing is written that is already right.
    """

    wish: Wish
    meeting_id: str | None
    host: str
    current_host: str
    may_have_more: bool
    reads_back: bool = False


# --- Steps, and what Zoom answers to each ---


class Shown(NamedTuple):
    """What Zoom shows of a meeting, and whether its time is the booking's."""

    meeting: "ZoomMeeting | None" = None
    is_right: bool = False


class Read(NamedTuple):
    """Answer: what Zoom shows of the meeting; None: it is gone."""

    meeting_id: str


class Update(NamedTuple):
    """Give the meeting the booking's time and text. Answer: whether Zoom has the meeting."""

    meeting_id: str


class Delete(NamedTuple):
    """Answer: whether Zoom had the meeting."""

    meeting_id: str


class Look(NamedTuple):
    """Look for the meeting in the host's list. Answer: whether it is there; a host who is gone has none."""

    host: str
    meeting_id: str


class Search(NamedTuple):
    """Search the host's meetings for the booking's marker. Answer: those found, oldest first; None: no such host."""

    host: str


class Create(NamedTuple):
    """Answer: the new meeting."""

    host: str


Step = Read | Update | Delete | Look | Search | Create


# --- Outcomes ---


class Agreement(NamedTuple):
    """Result of a sync: the meeting, if it is new or was read, its host, and whether to re-check.

    `is_doubtful`: Zoom says that a known meeting is gone, which it may also say of one that it has just created and
    does not find everywhere yet.
    """

    host: str
    meeting: "ZoomMeeting | None" = None
    is_doubtful: bool = False


class Contradiction(NamedTuple):
    """Zoom lists a meeting, but does not find it; nothing was changed."""


Plan = Generator[Step, Any, Agreement | Contradiction]


def plan(wanted: Wanted) -> Plan:
    match wanted.wish:
        case Wish.ONE_MEETING:
            return (yield from _keep_one(wanted))
        case Wish.NO_MEETING:
            return (yield from _keep_none(wanted))
        case Wish.LEAVE:
            return Agreement(wanted.host)


def _keep_one(wanted: Wanted) -> Plan:
    # Look it up by its id, not by a search: Zoom's lists lag, and people keep the link that they have.
    known = wanted.meeting_id
    if known is None:
        return (yield from _adopt_or_create(wanted))
    shown = (yield Read(known)) if wanted.reads_back else Shown()
    if shown is not None and (shown.is_right or (yield Update(known))):
        host = wanted.host
        if wanted.may_have_more:
            host = yield from _delete_found(wanted, but=known)
        return Agreement(host, shown.meeting)
    # A new meeting has a new link, and people have the old one: make none while Zoom still lists it.
    if (yield Look(wanted.host, known)):
        return Contradiction()
    found = yield from _adopt_or_create(wanted._replace(may_have_more=True))
    return found._replace(is_doubtful=True)


def _keep_none(wanted: Wanted) -> Plan:
    was_there = (yield Delete(wanted.meeting_id)) if wanted.meeting_id else True
    host = wanted.host
    if wanted.may_have_more:
        host = yield from _delete_found(wanted)
    return Agreement(host, is_doubtful=not was_there)


def _adopt_or_create(wanted: Wanted) -> Generator[Step, Any, Agreement]:
    """Adopt the oldest meeting that an earlier create may have made and delete the others, or create one."""
    host = wanted.host
    found: list[ZoomMeeting] = []
    if wanted.may_have_more:
        host, found = yield from _found(wanted)
    for extra in found[1:]:
        yield Delete(extra.id)
    for meeting in found[:1]:
        if (yield Update(meeting.id)):  # else it was deleted meanwhile
            return Agreement(host, meeting)
    return Agreement(host, (yield Create(host)))


def _delete_found(wanted: Wanted, but: str | None = None) -> Generator[Step, Any, str]:
    host, found = yield from _found(wanted)
    for meeting in found:
        if meeting.id != but:
            yield Delete(meeting.id)
    return host


def _found(wanted: Wanted) -> Generator[Step, Any, tuple[str, "list[ZoomMeeting]"]]:
    """Return the booking's meetings, and their host. A host who is gone has none; the current one may have."""
    found = yield Search(wanted.host)
    if found is not None:
        return wanted.host, found
    found = yield Search(wanted.current_host)
    return wanted.current_host, found or []
