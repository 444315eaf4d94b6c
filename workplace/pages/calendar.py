"""The week, and the page of one day."""

import datetime as dt
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice.model_admin import reader
from bookings.scheduling.slots import DAY
from wall_clock import instants
from workplace.calendar import Week
from workplace.moments import day, long_day
from workplace.pages.drawing import draw, for_teachers


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    if wanted := _date(request.GET.get("date", "")):
        return redirect(f"{reverse('admin:calendar')}?week={week_name(wanted)}")
    monday = monday_of(request.GET.get("week", ""), today)
    week = Week(reader(request), monday, now=timezone.now())
    return draw(
        request,
        "calendar",
        title=title_of(week.monday, week.sunday),
        week=week,
        name=week_name(monday),
        earlier=week_name(monday - DAY),
        later=week_name(monday + 7 * DAY),
    )


@for_teachers
def day_page(request: HttpRequest, date: str) -> HttpResponse:
    wanted = _date(date)
    if wanted is None:
        raise Http404
    week = Week(reader(request), wanted - wanted.weekday() * DAY, now=timezone.now())
    return draw(
        request,
        "day",
        title=long_day(wanted),
        date=wanted,
        column=week.columns[wanted.weekday()],
        week=week_name(wanted),
        start=request.GET.get("from", "")[:5],
        end=request.GET.get("to", "")[:5],
    )


def monday_of(name: str, today: dt.date) -> dt.date:
    """Return the Monday of `2026-W48`; of this week if malformed."""
    if match := re.fullmatch(r"([0-9]{4})-W([0-9]{2})", name):
        try:
            monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            return monday_of("", today)
        if instants.is_in_range(monday):
            return monday
    return today - today.weekday() * DAY


def week_name(date: dt.date) -> str:
    """Return `2026-W48`."""
    year, week, _weekday = date.isocalendar()
    return f"{year:04}-W{week:02}"


def _date(text: str) -> dt.date | None:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if instants.is_in_range(date) else None


def title_of(monday: dt.date, sunday: dt.date) -> str:
    """Return `23–29 November`."""
    if monday.month == sunday.month:
        # Translators: the last day of a week in one month, in the letters of Django's `date` filter.
        last = date_format(sunday, _("j F"))
        return f"{monday.day}–{last}"
    return f"{day(monday)} – {day(sunday)}"
