"""Meetings: convert to Zoom's fields, and validate what Zoom sends."""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bookings.zoom_client.answer import moment

MAX_TOPIC, MAX_AGENDA = 200, 2000
PASSCODE_LENGTH = 10
MAX_LINK, MAX_PASSCODE = 1000, 20

# No blank, control character, backslash or quote: browsers treat a backslash as a slash, which changes the host.
_NUMBER = re.compile(r"[0-9]{1,20}")
_PATH = r"/[!#-;=?-\[\]-~]"
_ZOOM_HOST = r"(?:[a-z0-9-]+\.)*(?:zoom\.us|zoom\.com|zoomgov\.com)(?::443)?"
_ANY_HOST = r"[a-z0-9.:\[\]-]+"


@dataclass(frozen=True)
class MeetingDetails:
    """The wanted fields of a meeting.

    `start` is aware, in any zone; `timezone` is the one in which Zoom shows it. The first line of the agenda is the
    meeting's marker. Zoom takes 200 characters of topic and 2000 of agenda.
    """

    topic: str
    agenda: str
    start: datetime
    duration_minutes: int
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("The start of a meeting needs a time zone.")

    @property
    def body(self) -> dict[str, Any]:
        """The fields as Zoom names them; duration is in whole minutes."""
        return {
            "topic": _cut(self.topic, MAX_TOPIC),
            "agenda": _cut(self.agenda, MAX_AGENDA),
            "start_time": f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "timezone": self.timezone,
            "duration": self.duration_minutes,
        }

    def describe(self, answer: Mapping[str, Any]) -> bool:
        """Return False if the response is about another meeting: agenda and start, if given, must match."""
        marker = self.agenda.partition("\n")[0]
        agenda, start = answer.get("agenda", marker), answer.get("start_time", self.start.isoformat())
        is_marked = isinstance(agenda, str) and agenda.startswith(marker)
        return is_marked and moment(start) in (self.start, self.start.replace(microsecond=0))


@dataclass(frozen=True)
class ZoomMeeting:
    """A meeting as Zoom describes it. Link and passcode are secrets, so its repr omits them.

    `host` is the e-mail or id of the host, empty if Zoom does not say. From a list the agenda is cut to 250
    characters, and link and passcode are empty. Zoom's `start_url`, which makes its holder the host, is never stored.
    """

    id: str
    join_url: str = field(repr=False)
    password: str = field(repr=False)
    start: datetime | None
    duration_minutes: int | None
    agenda: str = field(repr=False)
    host: str = field(default="", repr=False)
    created_at: datetime | None = None


def is_number(text: str) -> bool:
    """Return True if this can be a meeting's id, which is a number."""
    return _NUMBER.fullmatch(text) is not None


def link_pattern(base_url: str, *, longest_path: int = 900) -> re.Pattern[str]:
    """Return the pattern of join links: with Zoom's own API they must lead to Zoom."""
    is_zoom = re.match(f"https?://{_ZOOM_HOST}/", f"{base_url}/", re.IGNORECASE)
    start = f"https://{_ZOOM_HOST}" if is_zoom else f"https?://{_ANY_HOST}"
    return re.compile(f"{start}{_PATH}{{0,{longest_path}}}", re.IGNORECASE | re.ASCII)


def listed_meeting(fields: Mapping[str, Any]) -> ZoomMeeting | None:
    """Return the fields that lists and single responses share, or None without a valid id. The rest is optional."""
    number, duration, agenda = fields.get("id"), fields.get("duration"), fields.get("agenda")
    if type(number) not in (int, str) or not is_number(str(number)):
        return None
    return ZoomMeeting(
        id=str(number),
        join_url="",
        password="",  # only `complete_meeting` sets it
        start=moment(fields.get("start_time")),
        duration_minutes=duration if type(duration) is int else None,
        agenda=agenda if isinstance(agenda, str) else "",
        host=str(fields.get("host_email") or fields.get("host_id") or ""),
        created_at=moment(fields.get("created_at")),
    )


def complete_meeting(fields: Mapping[str, Any], link: re.Pattern[str]) -> ZoomMeeting | None:
    """Return the meeting with link and passcode, or None if any of them is invalid."""
    meeting, url, password = listed_meeting(fields), fields.get("join_url"), fields.get("password") or ""
    if meeting is None or not isinstance(url, str) or not isinstance(password, str):
        return None
    if len(url) > MAX_LINK or not link.fullmatch(url) or not re.fullmatch(f"[!-~]{{0,{MAX_PASSCODE}}}", password):
        return None
    return replace(meeting, join_url=url, password=password)


def passcode() -> str:
    """Return ten characters of each kind that an account may require; Zoom allows no other special ones in updates."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, "@-_*")
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice(string.ascii_letters + string.digits) for _ in range(PASSCODE_LENGTH - len(kinds))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def fitted(body: Mapping[str, Any], refusal: str) -> dict[str, Any] | None:
    """Return the body adapted to the account's rules, or None if the refusal names nothing that can be adapted.

    An account may take numeric passcodes only, or shorter ones (`only_allow_numeric`, npm @zoom/rivet). Zoom's list of
    time zones is shorter than ours; the start is in UTC in any case.
    """
    changes: dict[str, Any] = {}
    if "password" in body and re.search(r"pass(?:word|code)", refusal, re.IGNORECASE):
        changes["password"] = _digits(re.search(r"\b([4-9]|10)\b", refusal))
    if body.get("timezone") != "UTC" and re.search(r"time ?zone", refusal, re.IGNORECASE):
        changes["timezone"] = "UTC"
    return {**body, **changes} if changes else None


def _digits(length: re.Match[str] | None) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(int(length[1]) if length else PASSCODE_LENGTH))


def _cut(text: str, most: int) -> str:
    """Truncate to `most` characters as Zoom counts them: in UTF-16, where an emoji is two."""
    return text.encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")
