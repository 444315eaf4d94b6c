"""Time zones by name, from the pinned tzdata package, and a moment by the clock of the zone that is active."""

import datetime as dt
import functools
import zoneinfo
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.template.defaultfilters import date
from django.utils import timezone


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


def active() -> ZoneInfo:
    """Return the zone that is active: in the admin the reader's, elsewhere UTC.

    Not by its name: Django calls Etc/GMT-11 "+11", of which there is no zone.
    """
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    return zone


def when(moment: dt.datetime | None) -> str:
    """The moment by the active zone's clock: in the admin the reader's, elsewhere UTC. In 24 hours, where Django's own
    way for English says "noon" and "1 p.m."; "-" where there is none.
    """
    return date(timezone.localtime(moment), "D j M Y, H:i") if moment else "-"
