"""Read a CalDAV account (RFC 4791): find its calendars, and ask each for the events of a span. Nothing is written.

All requests go through the guard of `fetching`: why the `caldav` library is not used is told in docs/adr/0048.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError  # defusedxml parses

from defusedxml import ElementTree

from bookings.scheduling.slots import Span
from calendars import failures
from calendars.fetching import Answer, Exchange, FetchError, Login, WrongPasswordError, exchange, joined, refusal

DAV, CALDAV, SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
NAMESPACES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"'
PRINCIPAL, HOME = f"{DAV}current-user-principal", f"{CALDAV}calendar-home-set"
# Where a server says that its CalDAV is, if only its host is known (RFC 6764).
WELL_KNOWN = "/.well-known/caldav"


class Found(NamedTuple):
    """The account's objects as iCalendar; None if nothing has changed. `state` identifies what was found."""

    objects: list[bytes] | None
    state: str


class Resource(NamedTuple):
    """What a server says of one of its URLs."""

    address: str
    properties: Element

    def has(self, path: str) -> bool:
        return self.properties.find(path) is not None

    def address_in(self, name: str) -> str | None:
        """Return the URL in this property, if there is one."""
        text = self.properties.findtext(f"{name}/{DAV}href", "").strip()
        return joined(self.address, text) if text else None

    @property
    def leads_on(self) -> bool:
        return bool(self.address_in(PRINCIPAL) or self.address_in(HOME))

    @property
    def is_calendar(self) -> bool:
        return self.has(f"{DAV}resourcetype/{CALDAV}calendar")

    @property
    def blocks(self) -> bool:
        """Whether it may hold events that take time: it has events, and is not marked as transparent (RFC 6638)."""
        kinds = self.properties.findall(f"{CALDAV}supported-calendar-component-set/{CALDAV}comp")
        holds_events = not kinds or any(kind.get("name", "").upper() == "VEVENT" for kind in kinds)
        return holds_events and not self.has(f"{CALDAV}schedule-calendar-transp/{CALDAV}transparent")


def fetch(address: str, login: Login, *, within: Span, known: str = "") -> Found:
    """Return the events of all the account's calendars, or of the one at the URL. `known` is the last state.

    Raises FetchError.
    """
    with exchange(login) as server:
        calendars = [each for each in _calendars(server, address) if each.blocks]
        state = _state(calendars)
        if known and state == known:
            return Found(None, state)
        return Found([text for each in calendars for text in _events(server, each, within)], state)


def _state(calendars: list[Resource]) -> str:
    """Return a digest of the calendars and their tags, which change with each event; empty if one has no tag."""
    tags = [(each.address, each.properties.findtext(f"{SERVER}getctag", "")) for each in calendars]
    if not all(tag for _address, tag in tags):
        return ""
    return hashlib.sha256(repr(sorted(tags)).encode()).hexdigest()


# --- Discovery --------------------------------------------------------------------------------------------------------

ENTRANCE = (
    f"<d:propfind {NAMESPACES}><d:prop><d:resourcetype/><d:current-user-principal/><c:calendar-home-set/>"
    "</d:prop></d:propfind>"
)
ABOUT_CALENDARS = (
    f"<d:propfind {NAMESPACES}><d:prop><d:resourcetype/><c:supported-calendar-component-set/>"
    "<c:schedule-calendar-transp/><s:getctag/></d:prop></d:propfind>"
)


def _calendars(server: Exchange, address: str) -> list[Resource]:
    entrance = _entrance(server, address)
    if entrance.is_calendar:
        found = _properties(server, entrance.address, ABOUT_CALENDARS, depth=0)
    else:
        found = _properties(server, _home(server, entrance), ABOUT_CALENDARS, depth=1)
    calendars = [each for each in found if each.is_calendar]
    if not calendars:
        raise FetchError(failures.NO_CALENDARS)
    return calendars


def _entrance(server: Exchange, address: str) -> Resource:
    """Return what leads to the calendars: the URL itself, or the one that its host names."""
    for each in (address, joined(address, WELL_KNOWN)):
        answer = _ask(server, "PROPFIND", each, ENTRANCE, depth=0)
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise FetchError(refusal(answer.status))
        if answer.status == HTTPStatus.MULTI_STATUS:
            for found in _resources(answer):
                if found.is_calendar or found.leads_on:
                    return found
    raise FetchError(failures.NO_ACCOUNT)


def _home(server: Exchange, entrance: Resource) -> str:
    home, principal = entrance.address_in(HOME), entrance.address_in(PRINCIPAL)
    if home is None and principal is not None:
        homes = [each.address_in(HOME) for each in _properties(server, principal, ENTRANCE, depth=0)]
        home = next(filter(None, homes), None)
    if home is None:
        raise FetchError(failures.NO_CALENDARS)
    return home


def _properties(server: Exchange, address: str, body: str, *, depth: int) -> list[Resource]:
    return list(_resources(_succeeded(_ask(server, "PROPFIND", address, body, depth=depth))))


# --- Events -----------------------------------------------------------------------------------------------------------

EVENTS = (
    f"<c:calendar-query {NAMESPACES}><d:prop><c:calendar-data/></d:prop><c:filter>"
    '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{start}" end="{end}"/>'
    "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
)


def _events(server: Exchange, calendar: Resource, within: Span) -> Iterator[bytes]:
    body = EVENTS.format(start=_instant(within.start), end=_instant(within.end))
    for found in _resources(_succeeded(_ask(server, "REPORT", calendar.address, body, depth=1))):
        if text := found.properties.findtext(f"{CALDAV}calendar-data"):
            yield text.encode()


def _instant(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


# --- WebDAV -----------------------------------------------------------------------------------------------------------


def _ask(server: Exchange, method: str, address: str, body: str, *, depth: int) -> Answer:
    headers = {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"}
    answer = server.send(method, address, headers, body.encode())
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise WrongPasswordError(failures.WRONG_PASSWORD)
    return answer


def _succeeded(answer: Answer) -> Answer:
    if answer.status != HTTPStatus.MULTI_STATUS:
        raise FetchError(refusal(answer.status))
    return answer


def _resources(answer: Answer) -> Iterator[Resource]:
    """Yield what a multi-status response says of each URL (RFC 4918, 13)."""
    try:
        responses: Iterable[Element] = ElementTree.fromstring(answer.body).iter(f"{DAV}response")
    except (ParseError, ValueError, LookupError) as error:  # malformed, forbidden or in an unknown encoding
        raise FetchError(failures.NOT_CALDAV) from error
    for response in responses:
        address = joined(answer.address, response.findtext(f"{DAV}href", "").strip())
        yield Resource(address, _known(response))


def _known(response: Element) -> Element:
    """Return the properties that the server knows: each group of them has its own status."""
    known = Element("known")
    for group in response.iterfind(f"{DAV}propstat"):
        if " 200" in group.findtext(f"{DAV}status", ""):
            for properties in group.iterfind(f"{DAV}prop"):
                known.extend(properties)
    return known
