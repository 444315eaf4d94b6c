"""Convert between what a zone's wall clock shows and instants in UTC. No current time, and of Django only words."""

import datetime as dt
import functools
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Nothing is booked outside these years, and date arithmetic overflows near the ends of the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2200
OUT_OF_RANGE = format_lazy(
    gettext_lazy("The year must lie between {first} and {last}."), first=FIRST_YEAR, last=LAST_YEAR
)


def is_in_range(day: dt.date) -> bool:
    """Return True if the year as written is FIRST_YEAR to LAST_YEAR, both included.

    An offset may carry a datetime a few hours outside once it is in UTC, which is harmless this far from overflow.
    """
    return FIRST_YEAR <= day.year <= LAST_YEAR


class SkippedTime(ValueError):
    """A wall-clock time that does not exist in its zone because the clock was put forward over it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.sentence = _("The clock in %(zone)s skips this time.") % {"zone": zone.key}
        # For callers who are free to send an offset.
        advice = _("The clock in %(zone)s skips this time; send another, or one with an offset.")
        self.advice = advice % {"zone": zone.key}
        super().__init__(self.sentence)


def instant(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the instant in UTC at which the zone's clock shows `wall`; if it does so twice, the first.

    Raises SkippedTime, and OverflowError at the ends of the calendar.
    """
    found = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if found.astimezone(zone).replace(tzinfo=None) != wall.replace(fold=0):
        raise SkippedTime(zone)
    return found


def wall_clock(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return what the zone's clock shows, as `2025-01-15T09:00:00`.

    The second time it shows the same, the offset is appended, so that `instant` always leads back to `moment`.
    """
    local = moment.astimezone(zone)
    return local.isoformat() if local.fold else isoformat(local)


def isoformat(moment: dt.datetime) -> str:
    """Return the ISO format of a whole minute without its offset, four times as fast as `datetime.isoformat`."""
    return f"{_date_isoformat(moment.toordinal())}T{_TIMES[moment.hour * 60 + moment.minute]}:00"


_TIMES = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]


@functools.lru_cache(maxsize=2048)
def _date_isoformat(ordinal: int) -> str:
    return dt.date.fromordinal(ordinal).isoformat()


def utc(moment: dt.datetime) -> str:
    """Return the instant as `2025-01-15T09:00:00Z`."""
    moment = moment.astimezone(dt.UTC)
    if moment.second or moment.microsecond:
        return moment.isoformat().replace("+00:00", "Z")
    return isoformat(moment) + "Z"
