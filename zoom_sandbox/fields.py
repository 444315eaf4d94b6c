"""Reads a meeting's fields as Zoom does: what is wrong is named, what is unknown is ignored.

Limits: Zoom, developers.zoom.us/docs/api/meetings.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TEXTS = {"topic": 200, "agenda": 2000, "password": 10}
LONGEST_MINUTES = 1440


class InvalidFieldsError(Exception):
    """`errors` has a field and a sentence for each value that Zoom would not take."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = [{"field": name, "message": sentence} for name, sentence in errors.items()]
        super().__init__("Validation Failed.")


def read_fields(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The model's fields out of a request's body; only those that were sent. Raises InvalidFieldsError."""
    errors: dict[str, str] = {}
    fields: dict[str, Any] = {}
    for name, most in TEXTS.items():
        if name in sent:
            fields[name] = sent[name]
            if not isinstance(sent[name], str) or len(sent[name]) > most or "\x00" in sent[name]:
                errors[name] = f"Must be a string of at most {most} characters."
    if "duration" in sent:
        fields["duration"] = sent["duration"]
        if type(sent["duration"]) is not int or not 1 <= sent["duration"] <= LONGEST_MINUTES:
            errors["duration"] = f"Must be an integer from 1 to {LONGEST_MINUTES}."
    if "settings" in sent:
        fields["settings"] = sent["settings"]
        if not isinstance(sent["settings"], dict):
            errors["settings"] = "Must be an object."
    if "start_time" in sent:
        fields["start_time"] = _start(sent["start_time"], sent.get("timezone"))
        if fields["start_time"] is None:
            errors["start_time"] = "Invalid date format. Should be yyyy-MM-ddTHH:mm:ssZ."
    if errors:
        raise InvalidFieldsError(errors)
    return fields


def _start(text: object, zone: object) -> datetime | None:
    """With a Z the time is UTC; without one it is the wall clock's of `timezone`, or of UTC where there is none."""
    try:
        start = datetime.fromisoformat(str(text))
        return (start if start.tzinfo else start.replace(tzinfo=ZoneInfo(str(zone or "UTC")))).astimezone(UTC)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return None
