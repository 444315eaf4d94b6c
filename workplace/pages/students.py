"""A teacher's students, and each student's page."""

import uuid

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.model_admin import reader
from bookings.models import Booking
from bookings.querysets import BookingQuerySet
from workplace.pages.drawing import draw, for_teachers
from workplace.students import with_counts

PER_PAGE = 50


@for_teachers
def page(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "")[:100]
    students = with_counts(Booking.objects.filter(teacher=reader(request)), now=timezone.now())
    for word in words.split():
        students = students.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word))
    shown = Paginator(students, PER_PAGE).get_page(request.GET.get("page"))
    return draw(request, "students", title=_("Students"), shown=shown, words=words)


def student_page(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """Show one student: to teachers their own sessions together, to managers everything."""
    user, now = reader(request), timezone.now()
    together = _together(request, student_id)
    student = with_counts(together, now=now).filter(pk=student_id).first()
    if student is None:
        raise Http404
    rows = together.select_related("student", "teacher", "feedback")
    return draw(
        request,
        "student",
        title=str(student),
        student=student,
        coming=rows.live().filter(end_time__gt=now).order_by("start_time")[:20],
        shown=Paginator(rows.exclude(end_time__gt=now).order_by("-start_time"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        sees_email=user.is_superuser or settings.TEACHERS_SEE_EMAILS,
    )


def _together(request: HttpRequest, student_id: uuid.UUID) -> BookingQuerySet:
    user = reader(request)
    rows = Booking.objects.filter(student_id=student_id)
    return rows if user.is_superuser else rows.filter(teacher=user)
