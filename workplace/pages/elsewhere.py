"""The teacher's other calendars: show their state, add and remove them."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.model_admin import reader
from bookings.errors import BookingError
from calendars import others
from calendars.models import Kind, OtherCalendar
from workplace.forms import AccountForm, OtherCalendarForm, PasswordForm
from workplace.pages.drawing import draw, for_teachers


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    teacher = reader(request)
    sent, form, account = _forms(request)
    if sent is not None and sent.is_valid():
        try:
            calendar = others.add(teacher=teacher, **sent.cleaned_data, now=timezone.now())
        except BookingError as error:
            sent.add_error(None, error.sentence)
        else:
            messages.success(request, _("%(calendar)s is read within a minute.") % {"calendar": calendar})
            return redirect("admin:hours-elsewhere")
    calendars = OtherCalendar.objects.filter(teacher=teacher)
    title = _("Calendars elsewhere")
    return draw(request, "elsewhere", title=title, form=form, account=account, calendars=calendars)


def _forms(request: HttpRequest) -> tuple[OtherCalendarForm | None, OtherCalendarForm, OtherCalendarForm]:
    """Return the form that was sent, if one was, and those for an address and for an account."""
    kind = request.POST.get("kind", Kind.ICS) if request.method == "POST" else None
    options: dict[str, Any] = {"auto_id": "account_%s"}
    form = OtherCalendarForm(request.POST if kind == Kind.ICS else None)
    account = AccountForm(request.POST if kind == Kind.CALDAV else None, **options)
    return {Kind.ICS.value: form, Kind.CALDAV.value: account}.get(kind or ""), form, account


@require_POST
@for_teachers
def remove(request: HttpRequest, calendar_id: uuid.UUID) -> HttpResponse:
    calendar = get_object_or_404(OtherCalendar, pk=calendar_id, teacher=reader(request))
    others.remove(calendar=calendar)
    messages.success(request, _("%(calendar)s is removed; what it held can be booked.") % {"calendar": calendar})
    return redirect("admin:hours-elsewhere")


@require_POST
@for_teachers
def password(request: HttpRequest, calendar_id: uuid.UUID) -> HttpResponse:
    """Change the password of a CalDAV account."""
    calendar = get_object_or_404(OtherCalendar, pk=calendar_id, teacher=reader(request), kind=Kind.CALDAV)
    form = PasswordForm(request.POST)
    if form.is_valid():
        others.change_password(calendar=calendar, **form.cleaned_data, now=timezone.now())
        messages.success(request, _("%(calendar)s is read within a minute.") % {"calendar": calendar})
    else:
        messages.error(request, _("Enter the new password."))
    return redirect("admin:hours-elsewhere")
