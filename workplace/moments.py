"""Moments as text, in the active zone and Django's formats."""

import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wall_clock import zones

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def clock(moment: dt.datetime | dt.time) -> str:
    """Return `13:30`."""
    return time_format(timezone.localtime(moment) if isinstance(moment, dt.datetime) else moment, "TIME_FORMAT")


def day(moment: dt.date) -> str:
    """Return `Tue 8 Dec`."""
    # Translators: a day without its year, in the letters of Django's `date` filter.
    return date_format(_local(moment), _("D j M"))


def day_in_year(moment: dt.date) -> str:
    """Return `Tue 8 Dec 2026`."""
    # Translators: a day with its year, in the letters of Django's `date` filter.
    return date_format(_local(moment), _("D j M Y"))


def long_day(moment: dt.date) -> str:
    """Return `Thursday 26 November`, for a page's heading."""
    # Translators: a page's heading, in the letters of Django's `date` filter.
    return capfirst(date_format(_local(moment), _("l j F")))


def _local(moment: dt.date) -> dt.date:
    return timezone.localtime(moment) if isinstance(moment, dt.datetime) else moment


def span(start: dt.datetime, end: dt.datetime) -> str:
    """Return `13:30–14:30`."""
    return f"{clock(start)}–{clock(end)}"


def stretch(start: dt.datetime, end: dt.datetime) -> str:
    """Return `Mon 30 Nov – Sun 13 Dec` for whole days, with times otherwise."""
    first, last = timezone.localtime(start), timezone.localtime(end - MINUTE)
    if (first.hour, first.minute, last.hour, last.minute) != (0, 0, 23, 59):
        if first.date() == last.date():
            return f"{day(start)}, {span(start, end)}"
        return f"{day(start)}, {clock(start)} – {day(end)}, {clock(end)}"
    return day(start) if first.date() == last.date() else f"{day(start)} – {day(last)}"


def elsewhere(moment: dt.datetime, zone: str) -> str:
    """Return `06:00 in New York`, with the day if it differs; empty if the clocks agree."""
    here, there = timezone.localtime(moment), moment.astimezone(zones.load(zone))
    if here.replace(tzinfo=None) == there.replace(tzinfo=None):
        return ""
    time = time_format(there, "TIME_FORMAT")
    if there.date() != here.date():
        time = f"{date_format(there, 'D')} {time}"
    return _("%(time)s in %(city)s") % {"time": time, "city": city(zone)}


def city(zone: str) -> str:
    """Return the zone's city: `New York` for America/New_York."""
    return zone.rpartition("/")[2].replace("_", " ")


def zone_words(zone: str, now: dt.datetime) -> str:
    """Return `Madrid (UTC+1)`."""
    offset = now.astimezone(zones.load(zone)).utcoffset() or dt.timedelta()
    hours, minutes = divmod(abs(offset) // MINUTE, 60)
    sign = "−" if offset < dt.timedelta() else "+"
    shift = f"{sign}{hours}" + (f":{minutes:02}" if minutes else "") if offset else ""
    return "UTC" if zone == "UTC" else f"{city(zone)} (UTC{shift})"


def length(time: dt.timedelta) -> str:
    """Return `8 minutes`, `5 h` or `2 days`, whichever is the largest unit that fits."""
    if time < HOUR:
        minutes = max(time // MINUTE, 0)
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if time < 2 * DAY:
        return _("%(count)d h") % {"count": time // HOUR}
    return ngettext("%(count)d day", "%(count)d days", time // DAY) % {"count": time // DAY}


def hours(time: dt.timedelta) -> str:
    """Return `7.5`, or `8` for whole hours."""
    tenths = round(time / HOUR, 1)
    return number_format(tenths, 0 if tenths.is_integer() else 1)
