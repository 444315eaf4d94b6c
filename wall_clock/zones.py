"""Time zones by name, from the pinned tzdata package, and moments formatted in the active zone."""

import datetime as dt
import functools
import zoneinfo
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.translation import gettext as _


@functools.lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return every IANA name in tzdata."""
    return frozenset(zoneinfo.available_timezones())


def validate(name: str) -> None:
    """Refuse anything but an IANA name; checked against a list, so that no path reaches the loader."""
    if name not in names():
        sentence = _("This is not a time zone. Use an IANA name such as Europe/Berlin.")
        raise ValidationError(sentence, code="unknown_zone")


def load(name: str) -> ZoneInfo:
    """Return the zone with this name, which must be valid; cached by zoneinfo."""
    return ZoneInfo(name)


def active() -> ZoneInfo:
    """Return the active zone: in the admin the reader's, elsewhere UTC.

    Not by its name: Django calls Etc/GMT-11 "+11", of which there is no zone.
    """
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    return zone


def when(moment: dt.datetime | None) -> str:
    """Return the moment in the active zone and language, or "-" for None."""
    return date(timezone.localtime(moment), "DATETIME_FORMAT") if moment else "-"
