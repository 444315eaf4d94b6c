"""The list of bookings, and its export."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.model_admin import reader
from workplace.bookings import MOST_EXPORTED, Filter, as_csv
from workplace.pages.drawing import draw

PER_PAGE = 25


def page(request: HttpRequest) -> HttpResponse:
    wanted = Filter(request.GET)
    rows = wanted.apply(reader(request), now=timezone.now()).select_related("student", "teacher")
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return draw(request, "bookings", title=_("Bookings"), filter=wanted, shown=shown)


def export(request: HttpRequest) -> HttpResponse:
    """Return all pages of the filtered list as CSV."""
    rows = Filter(request.GET).apply(reader(request), now=timezone.now()).select_related("student", "teacher")
    answer = HttpResponse(as_csv(rows[:MOST_EXPORTED]), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="bookings.csv"'
    return answer
