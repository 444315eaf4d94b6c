"""The managers' pages: all teachers' week, the dashboard, and problems with Zoom."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.model_admin import reader
from bookings.admin.deliveries import told
from bookings.meetings import delivery
from bookings.models import MeetingSync
from bookings.scheduling.slots import DAY
from wall_clock import zones
from workplace import school
from workplace.pages.calendar import monday_of, title_of, week_name
from workplace.pages.drawing import draw, for_managers

PER_PAGE = 50


@for_managers
def teachers(request: HttpRequest) -> HttpResponse:
    monday = monday_of(request.GET.get("week", ""), timezone.localdate())
    is_theirs = request.GET.get("clock") == "theirs"
    zone = None if is_theirs else zones.load(reader(request).timezone)
    rows = school.week_of_all(monday, zone=zone)
    return draw(
        request,
        "teachers",
        title=title_of(monday, monday + 6 * DAY),
        rows=rows,
        days=school.by_day(rows),
        dates=[monday + number * DAY for number in range(7)],
        is_theirs=is_theirs,
        name=week_name(monday),
        earlier=week_name(monday - DAY),
        later=week_name(monday + 7 * DAY),
    )


@for_managers
def dashboard(request: HttpRequest) -> HttpResponse:
    today, now = timezone.localdate(), timezone.now()
    figures = school.weeks(today - today.weekday() * DAY, zones.load(reader(request).timezone))
    # Translators: a week's first day below a bar, in the letters of Django's `date` filter.
    marks = school.bars(figures, lambda monday: date_format(monday, _("j M")))
    return draw(
        request, "dashboard", title=_("Dashboard"), weeks=figures, bars=marks, backlog=school.zoom_backlog(now=now)
    )


@for_managers
def zoom(request: HttpRequest) -> HttpResponse:
    """Show open syncs with Zoom, stopped ones first."""
    now = timezone.now()
    failed = Q(stopped_at__isnull=False) | ~Q(last_error="")
    rows = MeetingSync.objects.open().filter(failed).with_state(now)
    rows = rows.select_related("booking__student", "booking__teacher").order_by("stopped_at", "booking__start_time")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    problems = [(sync, told(sync)) for sync in shown]
    return draw(request, "zoom", title=_("Zoom problems"), problems=problems, shown=shown)


@require_POST
@for_managers
def retry(request: HttpRequest, sync_id: int) -> HttpResponse:
    sync = MeetingSync.objects.open().filter(pk=sync_id).select_related("booking__student", "booking__teacher").first()
    if sync is None:
        raise Http404
    if delivery.retry(sync, now=timezone.now()):
        messages.success(request, _("%(booking)s: Zoom agrees now.") % {"booking": sync.booking})
    else:
        sync.refresh_from_db()
        reason = sync.failure or _("it will be checked again later.")
        messages.warning(request, f"{sync.booking}: {reason}")
    return redirect("admin:zoom")
