"""My hours: the week, single days, and absences."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from backoffice.model_admin import reader
from bookings import services
from bookings.errors import BookingError
from bookings.models import Availability, Booking, TimeOff
from bookings.scheduling.slots import Window
from bookings.services.hours import replace_week, save_hours
from workplace.forms import AwayForm, DayHoursForm, ReasonForm
from workplace.hours import WeekForm
from workplace.moments import stretch
from workplace.pages.drawing import draw, for_teachers


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    teacher = reader(request)
    if request.method != "POST":
        rows = Availability.objects.filter(teacher=teacher, is_recurring=True)
        windows = [Window(row.day_of_week, row.start_time, row.end_time) for row in rows]
        return _draw_week(request, WeekForm.of(windows))
    form, button = WeekForm.sent(request.POST), request.POST.get("do", "save")
    if button not in ("save", "anyway"):
        form.change(button)
        return _draw_week(request, form, is_changed=True)
    return _save_week(request, form, anyway=button == "anyway")


def _save_week(request: HttpRequest, form: WeekForm, *, anyway: bool) -> HttpResponse:
    windows = form.windows(may_touch=anyway)
    if windows is None:
        return _draw_week(request, form, is_changed=True)
    try:
        outside = _replaced(reader(request), windows, anyway=anyway)
    except BookingError as error:
        messages.error(request, error.sentence)
        return _draw_week(request, form, is_changed=True)
    if outside and not anyway:
        return _draw_week(request, form, outside=outside, is_changed=True)
    messages.success(request, _("Your week is saved."))
    return redirect("admin:hours")


def _replaced(teacher: User, windows: list[Window], *, anyway: bool) -> list[Booking]:
    """Replace the week and return the bookings outside it. If there are any, the week stays unless `anyway`."""
    with transaction.atomic():
        outside = replace_week(teacher=teacher, windows=windows, now=timezone.now())
        if outside and not anyway:
            transaction.set_rollback(True)
    return outside


def _draw_week(request: HttpRequest, form: WeekForm, **context: Any) -> HttpResponse:
    teacher, now = reader(request), timezone.now()
    days = Availability.objects.filter(teacher=teacher, date__gte=timezone.localdate()).order_by("date", "start_time")
    absences = TimeOff.objects.filter(teacher=teacher, end_time__gt=now).order_by("start_time")
    return draw(
        request,
        "hours",
        title=_("My weekly hours"),
        form=form,
        single_days=days,
        absences=_with_sessions(teacher, list(absences)),
        **context,
    )


def _with_sessions(teacher: User, absences: list[TimeOff]) -> list[tuple[TimeOff, int]]:
    """Return each absence with its number of live bookings, in one query."""
    if not absences:
        return []
    last = max(absence.end_time for absence in absences)
    taught = Booking.objects.filter(teacher=teacher, start_time__lt=last, end_time__gt=absences[0].start_time).live()
    spans = list(taught.values_list("start_time", "end_time"))
    return [
        (absence, sum(start < absence.end_time and end > absence.start_time for start, end in spans))
        for absence in absences
    ]


@for_teachers
def day_page(request: HttpRequest) -> HttpResponse:
    """Hours on one date only."""
    teacher = reader(request)
    initial = {"date": request.GET.get("date")}
    form = DayHoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        hours = form.hours(teacher)
        try:
            save_hours(hours, now=timezone.now())
        except BookingError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("Open on %(day)s.") % {"day": hours})
            return redirect("admin:hours")
    return draw(request, "one_day", title=_("Other hours on a date"), form=form)


@for_teachers
def away_page(request: HttpRequest) -> HttpResponse:
    """Add an absence in two steps: the dates, then what happens to the sessions inside."""
    data = request.POST if request.method == "POST" else request.GET
    form = AwayForm(data or None, zone=reader(request).timezone)
    if not form.is_valid():
        return draw(request, "away", title=_("Go away"), form=form)
    if request.method == "POST":
        return _go_away(request, form)
    return _draw_preview(request, form)


def _draw_preview(request: HttpRequest, form: AwayForm) -> HttpResponse:
    start, end = form.cleaned_data["span"]
    inside = list(services.bookings_within(reader(request), start, end))
    title = _("Away: %(days)s") % {"days": stretch(start, end)}
    return draw(request, "away_preview", title=title, form=form, inside=inside)


def _go_away(request: HttpRequest, form: AwayForm) -> HttpResponse:
    teacher, reason = reader(request), ReasonForm(request.POST)
    start, end = form.cleaned_data["span"]
    if not reason.is_valid():
        messages.error(request, str(reason.errors["reason"][0]))
        return _draw_preview(request, form)
    try:
        away = services.go_away(
            teacher=teacher,
            start=start,
            end=end,
            reason=form.cleaned_data["reason"],
            cancel=_to_cancel(request, teacher, form),
            cancellation_reason=reason.cleaned_data["reason"],
            now=timezone.now(),
        )
    except BookingError as error:
        messages.error(request, error.sentence)
        return _draw_preview(request, form)
    sentence = _("You are away: %(days)s.") % {"days": stretch(start, end)}
    number = len(away.cancelled)
    told = ngettext("%(n)d session is cancelled.", "%(n)d sessions are cancelled.", number) % {"n": number}
    messages.success(request, f"{sentence} {told}" if number else sentence)
    return redirect("admin:hours")


def _to_cancel(request: HttpRequest, teacher: User, form: AwayForm) -> set[uuid.UUID]:
    """Return the ids to cancel: all that were shown, or the selected ones."""
    shown = {str(booking.id): booking.id for booking in services.bookings_within(teacher, *form.cleaned_data["span"])}
    chosen = {text for text in request.POST.getlist("shown") if text in shown}
    if request.POST.get("do") != "all":
        chosen = {text for text in chosen if request.POST.get(f"booking-{text}") == "cancel"}
    return {shown[text] for text in chosen}
