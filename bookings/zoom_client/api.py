"""Calls of the Zoom API, which return a ZoomMeeting or raise a ZoomError.

Facts about Zoom are from developers.zoom.us/docs/api/meetings, unless another source is named.
"""

import copy
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote

from django.utils.translation import gettext_noop

from bookings.zoom_client.answer import Answer
from bookings.zoom_client.auth import LegacyJwtTokens, ServerToServerTokens, Token
from bookings.zoom_client.errors import (
    UNREADABLE,
    ZoomAuthError,
    ZoomError,
    ZoomGone,
    ZoomHostGone,
    ZoomRefused,
    ZoomUnavailable,
)
from bookings.zoom_client.meeting import (
    MeetingDetails,
    ZoomMeeting,
    complete_meeting,
    fitted,
    is_number,
    link_pattern,
    listed_meeting,
    passcode,
)
from bookings.zoom_client.wire import Deadline, Wire

logger = logging.getLogger(__name__)

PAGE_SIZE, MAX_PAGES = 300, 100
HOST_MEETINGS, MEETING = "/users/{}/meetings", "/meetings/{}"
# The only status with which Zoom reports success. Anything else may come from a proxy.
SUCCESS = {"POST": 201, "GET": 200, "PATCH": 204, "DELETE": 204}
# Meaning of a refusal by method (empty: any), path, status and Zoom's code; otherwise ZoomRefused.
# 1001 and 1010 on a meeting are from Zoom's older list of errors, and are still seen.
REFUSALS: dict[tuple[str, str, int, int | None], type[ZoomError]] = {
    ("", HOST_MEETINGS, 404, 1001): ZoomHostGone,
    ("", MEETING, 404, 3001): ZoomGone,
    ("", MEETING, 404, 1001): ZoomGone,
    ("", MEETING, 404, 1010): ZoomGone,
    ("DELETE", MEETING, 400, 3002): ZoomUnavailable,  # it is in progress
    ("DELETE", MEETING, 400, 3007): ZoomGone,  # it has ended
}
EXPIRED = re.compile("not found|expired", re.IGNORECASE)
LONGEST_PAGE_TOKEN = 512

# A start link holds a token.
LONGEST_START_PATH = 4000
SANDBOX_ADDRESS = "http://zoom-sandbox.localhost/"
SANDBOX_ADAPTER = "zoom_sandbox.transport.InProcessAdapter"


class TokenProvider(Protocol):
    """Provides access tokens."""

    def token(self, deadline: Deadline, *, refused: Token | None = None) -> Token:
        """Return a token other than the one that Zoom has just refused. Raises ZoomError."""


class ZoomClient:
    """Meetings of Zoom users. Every call may raise a ZoomError, and ends about two seconds after its time limit.

    A `host` is a Zoom user id, an e-mail or `me`. Threads may share a client.
    """

    def __init__(self, wire: Wire, tokens: TokenProvider, *, base_url: str, waiting_room: bool) -> None:
        self._wire = wire
        self._deadline = wire.deadline
        self._tokens = tokens
        self._base_url = base_url
        self._waiting_room = waiting_room
        self._link, self._start_link = link_pattern(base_url), link_pattern(base_url, longest_path=LONGEST_START_PATH)
        self._is_waited_for = False

    def within_one_limit(self) -> "ZoomClient":
        """Return the client for a caller who waits: all its calls together share one time limit.

        While Zoom does not respond, they fail at once.
        """
        hurried = self.within(self._wire.deadline())
        hurried._is_waited_for = True
        return hurried

    def within_seconds(self, seconds: float) -> "ZoomClient":
        """Return the same client with a deadline for all its calls together."""
        return self.within(Deadline(seconds, self._wire.monotonic))

    def within(self, deadline: Deadline) -> "ZoomClient":
        limited = copy.copy(self)
        limited._deadline = lambda: deadline
        return limited

    def create_meeting(self, host: str, details: MeetingDetails) -> ZoomMeeting:
        """Make a meeting of this host. Zoom has no idempotency key: after `outcome_unknown` search before repeating."""
        settings = {
            "waiting_room": self._waiting_room,
            "join_before_host": False,
            "use_pmi": False,  # the host's personal meeting room is open to anybody who ever had its link
            "approval_type": 2,  # no registration
            "mute_upon_entry": True,
        }
        body = details.body | {"type": 2, "password": passcode(), "settings": settings}
        answer = self._write("POST", HOST_MEETINGS, _host(host), body)
        meeting = complete_meeting(answer.payload, self._link)
        if meeting is None or not details.describe(answer.payload):
            raise ZoomUnavailable(UNREADABLE, status=answer.status, outcome_unknown=True)
        return meeting

    def update_meeting(self, meeting_id: str, details: MeetingDetails) -> None:
        """Change topic, agenda and time; the link and the passcode stay. Raises ZoomGone if there is no meeting."""
        self._write("PATCH", MEETING, _number(meeting_id), details.body)

    def delete_meeting(self, meeting_id: str) -> bool:
        """Delete the meeting. Return whether Zoom knew it; one that is already gone counts as deleted."""
        # Otherwise Zoom mails the host.
        params = {"schedule_for_reminder": "false"}
        try:
            self._call("DELETE", MEETING, _number(meeting_id), self._deadline(), params=params)
        except ZoomGone:
            return False
        return True

    def get_meeting(self, meeting_id: str) -> ZoomMeeting:
        """Return the meeting with all stored fields. Raises ZoomGone."""
        return self._get(meeting_id, self._deadline())

    def start_link(self, meeting_id: str) -> str:
        """Return the link that makes its holder the meeting's host for two hours (`start_url`). Raises ZoomGone."""
        answer = self._call("GET", MEETING, _number(meeting_id), self._deadline())
        link = answer.payload.get("start_url")
        if not isinstance(link, str) or not self._start_link.fullmatch(link):
            raise ZoomUnavailable(UNREADABLE, status=answer.status)
        return link

    def find_meetings(self, host: str, marker: str) -> list[ZoomMeeting]:
        """Return the host's meetings whose agenda begins with `marker`, oldest first, as `get_meeting` gives them.

        Raises ZoomUnavailable if an entry with the marker has no valid id: it must not count as absent.
        """
        if not marker:
            raise ValueError("An empty marker would match meetings that are not ours.")
        deadline = self._deadline()
        listed: dict[str, ZoomMeeting] = {}
        for entry in self._list(host, lambda: deadline):
            if str(entry.get("agenda") or "").startswith(marker):
                meeting = _readable(listed_meeting(entry))
                listed[meeting.id] = meeting
        meetings = []
        for meeting in sorted(listed.values(), key=_age):
            with suppress(ZoomGone):  # deleted since it was listed
                meetings.append(self._get(meeting.id, deadline))
        if not all(meeting.agenda.startswith(marker) for meeting in meetings):
            raise ZoomUnavailable(UNREADABLE)
        return meetings

    def list_meetings(self, host: str) -> Iterator[ZoomMeeting]:
        """Yield the host's scheduled meetings as Zoom lists them, past ones included until they expire, each once.

        Pages of 300 are fetched lazily, and each is a call of its own. Entries without a valid id are skipped.
        """
        seen: set[str] = set()
        for entry in self._list(host, self._deadline):
            meeting = listed_meeting(entry)
            if meeting is None:
                logger.warning("Zoom lists a meeting without a proper id.")
            elif meeting.id not in seen:
                seen.add(meeting.id)
                yield meeting

    def has_host(self, host: str) -> bool:
        """Return True if the Zoom user exists and we may see their meetings. Needs no further scope."""
        try:
            self._call("GET", HOST_MEETINGS, _host(host), self._deadline(), params={"page_size": 1})
        except ZoomHostGone:
            return False
        return True

    def _list(self, host: str, deadline: Callable[[], Deadline]) -> Iterator[Mapping[str, Any]]:
        # Not `upcoming`: that ends six months ahead.
        params: dict[str, str | int] = {"type": "scheduled", "page_size": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            payload = self._call("GET", HOST_MEETINGS, _host(host), deadline(), params=params).payload
            entries, next_page = payload.get("meetings"), payload.get("next_page_token") or ""
            if not isinstance(entries, list) or not _is_page_token(next_page):
                raise ZoomUnavailable(UNREADABLE)
            yield from (entry for entry in entries if isinstance(entry, dict))
            if not next_page:
                return
            params["next_page_token"] = next_page
        raise ZoomUnavailable(gettext_noop("Zoom's list of meetings does not end."))

    def _get(self, meeting_id: str, deadline: Deadline) -> ZoomMeeting:
        answer = self._call("GET", MEETING, _number(meeting_id), deadline)
        meeting = _readable(complete_meeting(answer.payload, self._link))
        if int(meeting.id) != int(meeting_id):
            raise ZoomUnavailable(UNREADABLE, status=answer.status)
        return meeting

    def _write(self, method: str, path: str, part: str, body: dict[str, Any]) -> Answer:
        """Send the body. If Zoom refuses a value because of the account's rules, adapt it and send it once more."""
        deadline = self._deadline()
        try:
            return self._call(method, path, part, deadline, json=body)
        except ZoomRefused as refusal:
            fitting = fitted(body, refusal.sentence) if refusal.status == 400 else None
            if fitting is None:
                raise
            logger.warning("Zoom refused a value, which is fitted to the account's rules: %s", refusal.sentence)
        return self._call(method, path, part, deadline, json=fitting)

    def _call(self, method: str, path: str, part: str, deadline: Deadline, **content: Any) -> Answer:
        """Return the answer of a request that succeeded. Raises ZoomError."""
        writes = method != "GET"
        url = self._base_url + path.format(part)
        if self._is_waited_for:
            self._wire.breaker.check()

        def send(token: Token) -> Answer:
            return self._wire.exchange(method, url, name=path, deadline=deadline, auth=token, writes=writes, **content)

        token = self._tokens.token(deadline)
        answer = send(token)
        if answer.refuses_token:
            # Safe to repeat: nothing was done. Only once: a second refusal is not a coincidence.
            answer = send(self._tokens.token(deadline, refused=token))
        if answer.status == SUCCESS[method]:
            return answer
        if 200 <= answer.status < 300:
            raise ZoomUnavailable(UNREADABLE, status=answer.status, outcome_unknown=writes)
        raise answer.error(_refusal(answer, method, path), writes=writes, now=self._wire.now())


def _refusal(answer: Answer, method: str, path: str) -> type[ZoomError]:
    """Map the refusal by endpoint: the meaning of Zoom's codes depends on it."""
    if answer.refuses_token:
        return ZoomAuthError
    what = (path, answer.status, answer.code)
    if what == (MEETING, 400, 300) and EXPIRED.search(answer.message):
        return ZoomGone
    return REFUSALS.get(("", *what)) or REFUSALS.get((method, *what)) or ZoomRefused


def _readable(meeting: ZoomMeeting | None) -> ZoomMeeting:
    if meeting is None:
        raise ZoomUnavailable(UNREADABLE)
    return meeting


def _is_page_token(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and len(value) <= LONGEST_PAGE_TOKEN


def _age(meeting: ZoomMeeting) -> tuple[datetime, int]:
    return meeting.created_at or datetime.max.replace(tzinfo=UTC), int(meeting.id)


def _host(host: str) -> str:
    """Quote as one path segment. A segment of dots would leave the path."""
    if not host.strip("."):
        raise ZoomRefused(gettext_noop("The Zoom host is not valid."))
    return quote(host, safe="")


def _number(meeting_id: str) -> str:
    if not is_number(meeting_id):
        raise ZoomGone(gettext_noop("There is no such Zoom meeting."))
    return meeting_id


@lru_cache(maxsize=1)
def client() -> ZoomClient:
    """Return the process's client, built from the settings. `client.cache_clear()` resets it."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    wire = Wire(timeout_seconds=settings.ZOOM_TIMEOUT_SECONDS)
    if settings.ZOOM_EMBEDDED_SANDBOX:
        wire.session.mount(SANDBOX_ADDRESS, import_string(SANDBOX_ADAPTER)())
        base_url, oauth_url = f"{SANDBOX_ADDRESS}zoom-sandbox/v2", f"{SANDBOX_ADDRESS}zoom-sandbox/oauth/token"
        account_id, key, secret = ("sandbox",) * 3
    else:
        base_url, oauth_url = settings.ZOOM_API_BASE_URL, settings.ZOOM_OAUTH_URL
        account_id, key, secret = settings.ZOOM_ACCOUNT_ID, settings.ZOOM_API_KEY, settings.ZOOM_API_SECRET
    tokens: TokenProvider = LegacyJwtTokens(key=key, secret=secret)
    if account_id:
        tokens = ServerToServerTokens(wire, url=oauth_url, account_id=account_id, client_id=key, client_secret=secret)
    return ZoomClient(wire, tokens, base_url=base_url, waiting_room=settings.ZOOM_WAITING_ROOM)
