"""A booking's page, and the moves that its buttons make. Every change goes through `services`."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice.model_admin import reader
from bookings import services
from bookings.admin.deliveries import told
from bookings.errors import BookingError, Forbidden, Missing
from bookings.models import Booking
from bookings.states import ANYTHING, Expected, Move, Outcome, Status
from workplace.forms import ReasonForm
from workplace.history import is_declined, sentences, state_words
from workplace.meetings import way_into
from workplace.moments import day, span
from workplace.pages.drawing import View, draw

DONE = {
    "confirm": gettext_lazy("Confirmed"),
    "decline": gettext_lazy("Declined"),
    "cancel": gettext_lazy("Cancelled"),
    "complete": gettext_lazy("Noted"),
    "correct": gettext_lazy("Noted"),
}
# Pages that a button's form may name to go back to.
PAGES = {"today": "admin:index"}


def page(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    user, now = reader(request), timezone.now()
    booking = found(request, booking_id)
    changes = list(booking.changes.select_related("by"))
    sync = booking.meeting_syncs.open().with_state(now).first()
    return draw(
        request,
        "booking",
        title=name_of(booking),
        booking=booking,
        state=_("Declined") if is_declined(booking, changes) else state_words(booking),
        history=sentences(booking, changes),
        may={move.value: booking.allows(move, by=user, now=now) for move in Move if move != Move.REQUEST},
        is_over=booking.end_time <= now,
        way=way_into(booking, user, now=now),
        last=_lessons_before(booking).first(),
        zoom=told(sync) if sync else "",
    )


def start(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Redirect the teacher to Zoom as host. A link, not a form: the CSP forbids forms that lead to Zoom."""
    booking = found(request, booking_id)
    try:
        link = services.start_link(booking_id=booking_id, by=reader(request), now=timezone.now())
    except BookingError as error:
        tell(request, name_of(booking), error)
        return redirect("admin:booking", booking_id)
    answer = HttpResponse(status=302, headers={"Location": link, "Cache-Control": "no-store"})
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def name_of(booking: Booking) -> str:
    """Return `Grace Lee, Wed 25 Nov, 13:30–14:30`."""
    return f"{booking.student}, {day(booking.start_time)}, {span(booking.start_time, booking.end_time)}"


def found(request: HttpRequest, booking_id: uuid.UUID) -> Booking:
    """Return the booking if the reader may see it. Raises Http404."""
    rows = Booking.objects.visible_to(reader(request)).with_people()
    booking = rows.filter(id=booking_id).first()
    if booking is None:
        raise Http404
    return booking


def _lessons_before(booking: Booking) -> QuerySet[Booking]:
    held = Booking.objects.filter(student=booking.student_id, teacher=booking.teacher_id, status=Status.COMPLETED)
    return held.filter(start_time__lt=booking.start_time).select_related("feedback").order_by("-start_time")


def _confirm(request: HttpRequest, **who: Any) -> Booking:
    return services.confirm_booking(**who, expected=_expected(request))


def _decline(request: HttpRequest, **who: Any) -> Booking:
    return services.decline_booking(**who, reason=_reason(request), expected=_expected(request))


def _cancel(request: HttpRequest, **who: Any) -> Booking:
    return services.cancel_booking(**who, reason=_reason(request), expected=_expected(request))


def _complete(request: HttpRequest, **who: Any) -> Booking:
    return services.complete_booking(**who, outcome=_outcome(request), expected=_expected(request))


def _correct(request: HttpRequest, **who: Any) -> Booking:
    return services.correct_outcome(**who, outcome=_outcome(request), expected=_expected(request))


VERBS: dict[str, Callable[..., Booking]] = {
    "confirm": _confirm,
    "decline": _decline,
    "cancel": _cancel,
    "complete": _complete,
    "correct": _correct,
}


def _expected(request: HttpRequest) -> Expected:
    """Return the booking's version on the page with the button, to detect changes since."""
    version = request.POST.get("version", "")
    return Expected(version=int(version)) if re.fullmatch("[0-9]{1,9}", version) else ANYTHING


def _outcome(request: HttpRequest) -> Outcome:
    try:
        return Outcome(request.POST.get("outcome", Outcome.TOOK_PLACE))
    except ValueError as error:
        raise _NotUnderstoodError(_("Choose what became of the session.")) from error


class _NotUnderstoodError(Exception):
    """Invalid input; the argument is the message for the reader."""


def _reason(request: HttpRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise _NotUnderstoodError(form.errors["reason"][0])
    return str(form.cleaned_data["reason"])


def act(verb: str) -> View:
    """Return the view that makes this move and leads back to the page of its button."""

    @require_POST
    def view(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
        booking = found(request, booking_id)
        name = name_of(booking)
        try:
            VERBS[verb](request, booking_id=booking_id, by=reader(request), now=timezone.now())
        except (BookingError, _NotUnderstoodError) as error:
            tell(request, name, error)
        else:
            messages.success(request, f"{DONE[verb]}: {name}.")
        back = PAGES.get(request.POST.get("back", ""))
        return redirect(back) if back else redirect("admin:booking", booking_id)

    return view


def tell(request: HttpRequest, name: str, error: Exception) -> None:
    """Say why nothing happened; who may not know or do it gets a page of its own."""
    if isinstance(error, Missing):
        raise Http404 from error
    if isinstance(error, Forbidden):
        raise PermissionDenied from error
    sentence = error.sentence if isinstance(error, BookingError) else str(error)
    messages.error(request, _("%(booking)s: %(reason)s") % {"booking": name, "reason": sentence})
