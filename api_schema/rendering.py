"""JSON as the API writes it."""

from collections.abc import Mapping
from typing import Any

import orjson

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def to_json(data: Any) -> bytes:
    """Return JSON: datetimes in UTC as `2025-01-15T09:00:00Z`, UUIDs and whatever else as text.

    By orjson, ten times as fast as Python's json: leave datetimes and UUIDs to it.
    """
    return orjson.dumps(data, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    return str(value)
