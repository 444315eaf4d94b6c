"""Time zones by name, from the pinned tzdata package."""

import functools
import zoneinfo
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


@functools.lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Every IANA name that tzdata knows."""
    return frozenset(zoneinfo.available_timezones())


def validate(name: str) -> None:
    """Refuses what is not an IANA name; looked up in a list, so that no path reaches the loader."""
    if name not in names():
        raise ValidationError("This is not a time zone. Use an IANA name such as Europe/Berlin.", code="unknown_zone")


def load(name: str) -> ZoneInfo:
    """The zone of that name, which must be valid; cached by zoneinfo."""
    return ZoneInfo(name)
