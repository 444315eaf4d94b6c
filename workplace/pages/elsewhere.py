"""The teacher's other calendars: show their state, add and remove them."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.model_admin import reader
from bookings.errors import BookingError
from calendars import others
from calendars.models import OtherCalendar
from workplace.forms import OtherCalendarForm
from workplace.pages.drawing import draw, for_teachers


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    teacher = reader(request)
    form = OtherCalendarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            calendar = others.add(teacher=teacher, **form.cleaned_data, now=timezone.now())
        except BookingError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, _("%(calendar)s is read within a minute.") % {"calendar": calendar})
            return redirect("admin:hours-elsewhere")
    calendars = OtherCalendar.objects.filter(teacher=teacher)
    return draw(request, "elsewhere", title=_("Calendars elsewhere"), form=form, calendars=calendars)


@require_POST
@for_teachers
def remove(request: HttpRequest, calendar_id: uuid.UUID) -> HttpResponse:
    calendar = get_object_or_404(OtherCalendar, pk=calendar_id, teacher=reader(request))
    others.remove(calendar=calendar)
    messages.success(request, _("%(calendar)s is removed; what it held can be booked.") % {"calendar": calendar})
    return redirect("admin:hours-elsewhere")
