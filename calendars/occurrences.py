"""Expand a calendar's events by RFC 5545: recurrences, moved and excluded ones, in each event's zone."""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from bookings.scheduling import slots
from bookings.scheduling.slots import DAY, MIDNIGHT, Span
from calendars import failures

# A year full of quarter-hour appointments would be seven times as many.
MOST_SPANS = 5000
# CPU time for the recurrences of one calendar.
SECONDS = 20
# Events that recur more often than daily could have any number of occurrences.
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
WITHIN_A_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
# Exceptions of libraries for malformed values.
NONSENSE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)

TOO_FULL = failures.TOO_FULL % {"most": f"{MOST_SPANS:,}"}


class CalendarError(Exception):
    """The calendar as a whole cannot be used. `sentence` is for the teacher."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class Series(NamedTuple):
    """All events with one UID: one that may recur, and its exceptions."""

    uid: str
    calendar: Calendar


class Busy(NamedTuple):
    """Merged spans in UTC, and the number of events that are malformed or recur more often than daily."""

    spans: list[Span]
    ignored: int


def series_of(content: bytes) -> list[Series]:
    """Parse the calendar. Raises CalendarError."""
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except NONSENSE as error:
        raise CalendarError(failures.NO_CALENDAR) from error
    if not calendars:  # or a truncated one
        raise CalendarError(failures.NO_CALENDAR)
    return list(chain.from_iterable(_series(calendar) for calendar in calendars))


def series_of_each(objects: Iterable[bytes]) -> tuple[list[Series], int]:
    """Parse objects of a calendar server. Return their series, and how many of them are no calendars."""
    found, unreadable = list[Series](), 0
    for each in objects:
        try:
            found.extend(series_of(each))
        except CalendarError:
            unreadable += 1
    return found, unreadable


def _series(calendar: Any) -> Iterator[Series]:
    if calendar.name != "VCALENDAR":
        raise CalendarError(failures.NO_CALENDAR)
    found: dict[str, Calendar] = {}
    for event in calendar.subcomponents:
        if event.name == "VEVENT":
            uid = str(event.get("UID", ""))
            found.setdefault(uid, _empty_like(calendar)).add_component(event)
    return (Series(uid, alone) for uid, alone in found.items())


def _empty_like(calendar: Calendar) -> Calendar:
    empty = Calendar()
    for name in ("X-WR-TIMEZONE", "CALSCALE"):
        if name in calendar:
            empty[name] = calendar[name]
    return empty


def busy(series: Iterable[Series], *, zone: ZoneInfo, within: Span) -> Busy:
    """Return the busy times within the span, without events that do not block their time.

    `zone` is for whole days and for times without a zone. Raises CalendarError.
    """
    began, spans, ignored = time.thread_time(), list[Span](), 0
    for each in series:
        try:
            spans.extend(_spans(each.calendar, zone, within))
        except NONSENSE:
            ignored += 1
        if time.thread_time() - began > SECONDS:
            raise CalendarError(failures.TOO_MUCH)
    merged = slots.clip(slots.union(spans), *within)
    if len(merged) > MOST_SPANS:
        raise CalendarError(TOO_FULL)
    return Busy(merged, ignored)


def _spans(calendar: Calendar, zone: ZoneInfo, within: Span) -> list[Span]:
    for event in calendar.subcomponents:
        _check_rules(event)
    # One more day on each side: whole days are compared without a zone.
    occurrences = recurring_ical_events.of(calendar).between(within.start - DAY, within.end + DAY)
    spans = (_span(event, zone) for event in occurrences if _takes_time(event))
    return [span for span in spans if span.start < span.end]


def _check_rules(event: Any) -> None:
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if not set(rule["FREQ"]) <= FREQUENCIES or WITHIN_A_DAY & rule.keys():
            raise ValueError("It repeats more often than daily.")
        if rule.get("INTERVAL", [1]) < [1]:
            raise ValueError("It repeats without end at the same time.")


def _takes_time(event: Any) -> bool:
    return (
        str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"
        and str(event.get("STATUS", "CONFIRMED")).upper() != "CANCELLED"
    )


def _span(event: Any, zone: ZoneInfo) -> Span:
    return Span(_instant(event["DTSTART"].dt, zone), _instant(event["DTEND"].dt, zone))


def _instant(value: dt.date, zone: ZoneInfo) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, MIDNIGHT)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(dt.UTC)
