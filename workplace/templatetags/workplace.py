"""Moments for templates."""

import datetime as dt

from django import template
from django.utils import timezone

from bookings.models import Booking, TimeOff
from bookings.stored_reasons import in_words
from workplace import moments
from workplace.history import state_words

register = template.Library()

register.filter("clock", moments.clock)
register.filter("day", moments.day)
register.filter("day_in_year", moments.day_in_year)
register.filter("long_day", moments.long_day)
register.filter("elsewhere", moments.elsewhere)


@register.filter
def times(booking: Booking) -> str:
    """Return `13:30–14:30`."""
    return moments.span(booking.start_time, booking.end_time)


@register.filter
def stretch(absence: TimeOff) -> str:
    """Return `Mon 30 Nov – Sun 13 Dec`."""
    return moments.stretch(absence.start_time, absence.end_time)


@register.filter
def day_and_times(booking: Booking) -> str:
    """Return `Tue 8 Dec, 12:00–13:00`."""
    return f"{moments.day(booking.start_time)}, {times(booking)}"


@register.filter
def ago(moment: dt.datetime, now: dt.datetime) -> str:
    """Return how long before `now` it was: `5 h`."""
    return moments.length(now - moment)


@register.filter
def in_time(moment: dt.datetime, now: dt.datetime) -> str:
    """Return how long after `now` it will be: `8 minutes`."""
    return moments.length(moment - now)


register.filter("hours", moments.hours)
register.filter("state", state_words)
register.filter("reason", in_words)


@register.filter
def local_minute(moment: dt.datetime) -> str:
    """Return the moment as `MomentField` reads it: `2026-11-26T09:00`, by the active zone's clock."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


register.filter("length_of", moments.length)
