"""Choosing a time: moving a booking, and booking for a student."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from backoffice.model_admin import reader
from bookings import services
from bookings.errors import BookingError, Forbidden, Missing, SlotUnavailable
from bookings.models import Booking
from bookings.scheduling.slots import DAY, Span
from bookings.states import Move
from wall_clock import instants
from workplace.forms import BookForm, MoveForm
from workplace.free import DAYS, Wish, free_days, why_not
from workplace.pages.booking import found, name_of
from workplace.pages.drawing import draw, for_teachers


def move_page(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    booking = found(request, booking_id)
    if refusal := booking.refusal(Move.RESCHEDULE, by=reader(request), now=timezone.now()):
        if isinstance(refusal, Forbidden):
            raise PermissionDenied
        messages.error(request, refusal.sentence)
        return redirect("admin:booking", booking_id)
    length = dt.timedelta(minutes=booking.duration_minutes)
    wish = Wish(booking.teacher, booking.student_id, length, ignoring=booking.id)
    initial = {"start": booking.start_time, "duration": booking.duration_minutes}
    form = MoveForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (moved := _moved(request, booking, wish, form)):
        messages.success(request, _("Moved: %(booking)s.") % {"booking": name_of(moved)})
        return redirect("admin:booking", booking_id)
    date = _date(request, booking.start_time)
    return draw(
        request,
        "move",
        title=_("Move %(booking)s") % {"booking": name_of(booking)},
        booking=booking,
        form=form,
        **_days(wish, date),
    )


def _moved(request: HttpRequest, booking: Booking, wish: Wish, form: MoveForm) -> Booking | None:
    try:
        return services.reschedule_booking(
            booking_id=booking.id, by=reader(request), now=timezone.now(), **form.cleaned_data
        )
    except BookingError as error:
        _explain(form, wish, error)
        return None


@for_teachers
def new_page(request: HttpRequest) -> HttpResponse:
    """Book a session for one of the teacher's students."""
    teacher = reader(request)
    initial = {"duration": 60, "student": request.GET.get("student"), "start": request.GET.get("start")}
    form = BookForm(request.POST or None, students=students_of(teacher), initial=initial)
    wish = Wish(teacher, None, dt.timedelta(minutes=60))
    if request.method == "POST" and form.is_valid() and (booked := _booked(request, teacher, form)):
        messages.success(request, _("Booked: %(booking)s.") % {"booking": name_of(booked)})
        return redirect("admin:booking", booked.id)
    date = _date(request, timezone.now())
    return draw(request, "new", title=_("Book for a student"), form=form, **_days(wish, date))


def _booked(request: HttpRequest, teacher: User, form: BookForm) -> Booking | None:
    data = dict(form.cleaned_data)
    student = data.pop("student")
    wish = Wish(teacher, student.id, dt.timedelta(minutes=data["duration"]))
    try:
        return services.book_for_student(
            by=teacher,
            teacher_id=teacher.id,
            student_id=student.id,
            confirmed=request.POST.get("do") != "ask",
            now=timezone.now(),
            **data,
        )
    except BookingError as error:
        _explain(form, wish, error)
        return None


def students_of(teacher: User) -> Any:
    """Return those who have, or had, a booking with the teacher, by name."""
    own = Booking.objects.filter(teacher=teacher).values("student")
    return User.objects.filter(pk__in=own, role=Role.STUDENT, is_active=True).order_by("first_name", "last_name", "id")


def _explain(form: MoveForm, wish: Wish, error: BookingError) -> None:
    if isinstance(error, Missing):
        raise Http404 from error
    if not isinstance(error, SlotUnavailable):
        form.add_error(None, error.sentence)
        return
    start, length = form.cleaned_data["start"], dt.timedelta(minutes=form.cleaned_data["duration"])
    form.add_error("start", why_not(wish, Span(start, start + length), now=timezone.now()))


def _date(request: HttpRequest, default: dt.datetime) -> dt.date:
    today = timezone.localdate()
    try:
        date = dt.date.fromisoformat(request.GET.get("date", ""))
    except ValueError:
        return max(timezone.localdate(default), today)
    return date if instants.is_in_range(date) else today


def _days(wish: Wish, date: dt.date) -> dict[str, Any]:
    """Return the context of the choice of free times."""
    return {
        "date": date,
        "days": free_days(wish, date, now=timezone.now()),
        "earlier": (date - DAYS * DAY).isoformat(),
        "later": (date + DAYS * DAY).isoformat(),
    }
