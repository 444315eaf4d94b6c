"""The Zoom API: our words in, a ZoomMeeting or a ZoomError out.

Facts about Zoom are from developers.zoom.us/docs/api/meetings, unless another source is named.
"""

import copy
import re
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote

from bookings.zoom_client.auth import LegacyJwtTokens, ServerToServerTokens, Token
from bookings.zoom_client.wire import (
    UNREADABLE,
    Answer,
    Deadline,
    Wire,
    ZoomAuthError,
    ZoomError,
    ZoomGone,
    ZoomHostGone,
    ZoomRefused,
    ZoomUnavailable,
    moment,
)

MAX_TOPIC, MAX_AGENDA = 200, 2000
PASSCODE_LENGTH = 10
PAGE_SIZE, MAX_PAGES = 300, 100
HOST_MEETINGS, MEETING = "/users/{}/meetings", "/meetings/{}"
# What a refusal means, by method (empty: any), path, status and Zoom's code; ZoomRefused, where it is not here.
REFUSALS: dict[tuple[str, str, int, int | None], type[ZoomError]] = {
    ("", HOST_MEETINGS, 404, 1001): ZoomHostGone,
    ("", MEETING, 404, 3001): ZoomGone,
    ("DELETE", MEETING, 400, 3002): ZoomUnavailable,  # it is in progress
    ("DELETE", MEETING, 400, 3007): ZoomGone,  # it has ended
}

SANDBOX_ADDRESS = "http://zoom-sandbox.localhost/"
SANDBOX_ADAPTER = "zoom_sandbox.transport.InProcessAdapter"

# No blank, control character, backslash or quote: browsers read a backslash as a slash, and so another host.
_NUMBER = r"[0-9]{1,20}"
_PATH = r"/[^\s\x00-\x20\x7f\\\"<>]{0,900}"
_ZOOM_HOST = r"(?:[a-z0-9-]+\.)*(?:zoom\.us|zoom\.com|zoomgov\.com)(?::443)?"
# A start link holds a token.
_LONG_PATH = _PATH.replace("900", "4000")
_ZOOM_LINK = re.compile(f"https://{_ZOOM_HOST}{_PATH}", re.IGNORECASE)
_ANY_LINK = re.compile(rf"https?://[a-z0-9.:\[\]-]+{_PATH}", re.IGNORECASE)
_ZOOM_START_LINK = re.compile(f"https://{_ZOOM_HOST}{_LONG_PATH}", re.IGNORECASE)
_ANY_START_LINK = re.compile(rf"https?://[a-z0-9.:\[\]-]+{_LONG_PATH}", re.IGNORECASE)


@dataclass(frozen=True)
class MeetingDetails:
    """What a meeting is to be. `start` is aware, in any zone; Zoom takes 200 characters of topic, 2000 of agenda."""

    topic: str
    agenda: str
    start: datetime
    duration_minutes: int

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("The start of a meeting needs a time zone.")

    @property
    def body(self) -> dict[str, Any]:
        """The fields as Zoom names them; duration is in whole minutes."""
        return {
            "topic": self.topic[:MAX_TOPIC],
            "agenda": self.agenda[:MAX_AGENDA],
            "start_time": f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": "UTC",
            "duration": self.duration_minutes,
        }


@dataclass(frozen=True)
class ZoomMeeting:
    """What Zoom says of a meeting. The link and the passcode let people in, so its repr is without them.

    `host` is the e-mail or id of the host, empty where Zoom does not say. From a list the agenda is cut to 250
    characters, and link and passcode are empty. Zoom's `start_url`, with which anybody is the host, is never kept.
    """

    id: str
    join_url: str = field(repr=False)
    password: str = field(repr=False)
    start: datetime | None
    duration_minutes: int | None
    agenda: str = field(repr=False)
    host: str = field(default="", repr=False)
    created_at: datetime | None = None


class TokenProvider(Protocol):
    """Whatever can prove to Zoom who is calling."""

    def token(self, deadline: Deadline, *, refused: Token | None = None) -> Token:
        """A token, and not the one that Zoom has just refused. Raises ZoomError."""


class ZoomClient:
    """Meetings of Zoom users. Every call may raise a ZoomError, and is over about two seconds after one time limit.

    A `host` is a Zoom user id, an e-mail or `me`. Threads may share a client.
    """

    def __init__(self, wire: Wire, tokens: TokenProvider, *, base_url: str, waiting_room: bool) -> None:
        self._wire = wire
        self._deadline = wire.deadline
        self._tokens = tokens
        self._base_url = base_url
        self._waiting_room = waiting_room
        is_zoom = re.match(f"https?://{_ZOOM_HOST}/", f"{base_url}/", re.IGNORECASE)
        self._link = _ZOOM_LINK if is_zoom else _ANY_LINK
        self._start_link = _ZOOM_START_LINK if is_zoom else _ANY_START_LINK

    def within_one_limit(self) -> "ZoomClient":
        """The same client for somebody who waits: all its calls together are over about two seconds after one limit."""
        hurried = copy.copy(self)
        deadline = self._wire.deadline()
        hurried._deadline = lambda: deadline
        return hurried

    def create_meeting(self, host: str, details: MeetingDetails) -> ZoomMeeting:
        """A new meeting of this host. Zoom has no idempotency key: after `outcome_unknown` search before repeating."""
        settings = {
            "waiting_room": self._waiting_room,
            "join_before_host": False,
            "use_pmi": False,  # the host's personal meeting is shared by all who ever had its link
            "approval_type": 2,  # nobody registers
            "mute_upon_entry": True,
        }
        body = details.body | {"type": 2, "password": _passcode(), "settings": settings}
        answer = self._call("POST", HOST_MEETINGS, _host(host), self._deadline(), json=body)
        return self._complete(answer, writes=True)

    def update_meeting(self, meeting_id: str, details: MeetingDetails) -> None:
        """Changes topic, agenda and time; the link and the passcode stay. Raises ZoomGone where there is no meeting."""
        self._call("PATCH", MEETING, _number(meeting_id), self._deadline(), json=details.body)

    def delete_meeting(self, meeting_id: str) -> bool:
        """Takes the meeting away. Whether Zoom knew it: one that is gone already counts as done."""
        try:
            self._call("DELETE", MEETING, _number(meeting_id), self._deadline())
        except ZoomGone:
            return False
        return True

    def get_meeting(self, meeting_id: str) -> ZoomMeeting:
        """The meeting with all that is kept of it. Raises ZoomGone."""
        return self._get(meeting_id, self._deadline())

    def start_link(self, meeting_id: str) -> str:
        """The link with which anybody is the meeting's host, for two hours (Zoom's `start_url`). Raises ZoomGone."""
        answer = self._call("GET", MEETING, _number(meeting_id), self._deadline())
        link = answer.payload.get("start_url")
        if not isinstance(link, str) or not self._start_link.fullmatch(link):
            raise ZoomUnavailable(UNREADABLE, status=answer.status)
        return link

    def find_meetings(self, host: str, marker: str) -> list[ZoomMeeting]:
        """The host's meetings whose agenda begins with `marker`, oldest first, each as `get_meeting` gives it."""
        if not marker:
            raise ValueError("An empty marker would match meetings that are not ours.")
        deadline = self._deadline()
        listed = [meeting for meeting in self._list(host, lambda: deadline) if meeting.agenda.startswith(marker)]
        meetings = []
        for meeting in sorted(listed, key=_age):
            with suppress(ZoomGone):  # deleted since it was listed
                meetings.append(self._get(meeting.id, deadline))
        return meetings

    def list_meetings(self, host: str) -> Iterator[ZoomMeeting]:
        """The host's scheduled meetings as Zoom lists them, past ones included until they expire.

        A page of 300 is asked for when it is reached, and each page is a call of its own.
        """
        return self._list(host, self._deadline)

    def _list(self, host: str, deadline: Callable[[], Deadline]) -> Iterator[ZoomMeeting]:
        # Not `upcoming`: that ends six months ahead.
        params: dict[str, str | int] = {"type": "scheduled", "page_size": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            answer = self._call("GET", HOST_MEETINGS, _host(host), deadline(), params=params)
            items = answer.payload.get("meetings")
            if not isinstance(items, list):
                raise ZoomUnavailable(UNREADABLE, status=answer.status)
            for item in items:
                yield _meeting(item, answer)
            next_page = answer.payload.get("next_page_token")
            if not next_page:
                return
            params["next_page_token"] = str(next_page)
        raise ZoomUnavailable("Zoom's list of meetings does not end.")

    def _get(self, meeting_id: str, deadline: Deadline) -> ZoomMeeting:
        return self._complete(self._call("GET", MEETING, _number(meeting_id), deadline), writes=False)

    def _complete(self, answer: Answer, *, writes: bool) -> ZoomMeeting:
        """The answer's meeting, with the link and the passcode that only a meeting's own answer holds."""
        link, password = answer.payload.get("join_url"), answer.payload.get("password")
        if not isinstance(link, str) or not self._link.fullmatch(link):
            raise ZoomUnavailable(UNREADABLE, status=answer.status, outcome_unknown=writes)
        meeting = _meeting(answer.payload, answer, writes=writes)
        return replace(meeting, join_url=link, password=password if isinstance(password, str) else "")

    def _call(self, method: str, path: str, part: str, deadline: Deadline, **content: dict[str, Any]) -> Answer:
        """The answer of a request that succeeded. Raises ZoomError."""
        writes = method != "GET"
        url = self._base_url + path.format(part)

        def send(token: Token) -> Answer:
            return self._wire.exchange(method, url, name=path, deadline=deadline, auth=token, writes=writes, **content)

        token = self._tokens.token(deadline)
        answer = send(token)
        if answer.refuses_token:
            # Repeating is safe: nothing was done. Once only: a second refusal is no accident.
            answer = send(self._tokens.token(deadline, refused=token))
        if answer.succeeded:
            return answer
        raise answer.error(_refusal(answer, method, path), writes=writes, now=self._wire.now())


def _refusal(answer: Answer, method: str, path: str) -> type[ZoomError]:
    """Zoom's codes mean something else at each endpoint."""
    if answer.refuses_token:
        return ZoomAuthError
    what = (path, answer.status, answer.code)
    return REFUSALS.get(("", *what)) or REFUSALS.get((method, *what)) or ZoomRefused


def _meeting(fields: Any, answer: Answer, *, writes: bool = False) -> ZoomMeeting:
    """What lists and answers have in common. Raises ZoomUnavailable without an id; all else may be missing."""
    fields = fields if isinstance(fields, dict) else {}
    number, duration, agenda = fields.get("id"), fields.get("duration"), fields.get("agenda")
    if type(number) not in (int, str) or not re.fullmatch(_NUMBER, str(number)):
        raise ZoomUnavailable(UNREADABLE, status=answer.status, outcome_unknown=writes)
    return ZoomMeeting(
        id=str(number),
        join_url="",
        password="",  # only `_complete` fills it in
        start=moment(fields.get("start_time")),
        duration_minutes=duration if type(duration) is int else None,
        agenda=agenda if isinstance(agenda, str) else "",
        host=str(fields.get("host_email") or fields.get("host_id") or ""),
        created_at=moment(fields.get("created_at")),
    )


def _age(meeting: ZoomMeeting) -> tuple[datetime, int]:
    return meeting.created_at or datetime.max.replace(tzinfo=UTC), int(meeting.id)


def _passcode() -> str:
    """Ten characters of each kind that an account may ask for; Zoom allows no other special ones in a change."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "@-_*")
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSCODE_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def _host(host: str) -> str:
    """Quoted as one step of a path. Dots alone would step out of it."""
    if not host.strip("."):
        raise ZoomRefused("The Zoom host is not valid.")
    return quote(host, safe="")


def _number(meeting_id: str) -> str:
    """Zoom numbers its meetings: there is none of any other id."""
    if not re.fullmatch(_NUMBER, meeting_id):
        raise ZoomGone("There is no such Zoom meeting.")
    return meeting_id


@lru_cache(maxsize=1)
def client() -> ZoomClient:
    """The process's client, as the settings have it. `client.cache_clear()` forgets it."""
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
