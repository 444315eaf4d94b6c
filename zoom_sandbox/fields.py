"""Read a meeting's fields like Zoom: wrong values are reported, unknown fields are ignored.

Limits: Zoom, developers.zoom.us/docs/api/meetings.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Reader = Callable[[Mapping[str, Any]], Any]

LONGEST_MINUTES = 1440


class InvalidFieldsError(Exception):
    """`errors` has a field and a message for each value that Zoom would refuse."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = [{"field": name, "message": sentence} for name, sentence in errors.items()]
        super().__init__("Validation Failed.")


def read_fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model's fields from a request's body; only those sent. Raises InvalidFieldsError."""
    errors: dict[str, str] = {}
    fields: dict[str, Any] = {}
    for name in READERS.keys() & sent.keys():
        try:
            fields[name] = READERS[name](sent)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise InvalidFieldsError(errors)
    return fields


def _text(name: str, most: int) -> Reader:
    def read(sent: Mapping[str, Any]) -> str:
        text = sent[name]
        if not isinstance(text, str) or len(text) > most or "\x00" in text:
            raise ValueError(f"Must be a string of at most {most} characters.")
        return text

    return read


def _duration(sent: Mapping[str, Any]) -> int:
    minutes = sent["duration"]
    if type(minutes) is not int or not 1 <= minutes <= LONGEST_MINUTES:
        raise ValueError(f"Must be an integer from 1 to {LONGEST_MINUTES}.")
    return minutes


def _start_time(sent: Mapping[str, Any]) -> datetime:
    """Parse the start: UTC with a Z, else by the wall clock of `timezone`, by default UTC."""
    try:
        start = datetime.fromisoformat(str(sent["start_time"]))
        zone = start.tzinfo or ZoneInfo(str(sent.get("timezone") or "UTC"))
        return start.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        raise ValueError("Invalid date format. Should be yyyy-MM-ddTHH:mm:ssZ.") from error


def _settings(sent: Mapping[str, Any]) -> dict[str, Any]:
    settings = sent["settings"]
    if not isinstance(settings, dict):
        raise ValueError("Must be an object.")
    return settings


READERS: dict[str, Reader] = {
    "topic": _text("topic", 200),
    "agenda": _text("agenda", 2000),
    "password": _text("password", 10),
    "duration": _duration,
    "start_time": _start_time,
    "settings": _settings,
}
