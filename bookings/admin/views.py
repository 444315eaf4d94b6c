"""Bookings in the admin: read-only, with moves made by the same services that the API calls."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from backoffice.model_admin import ByRole, action_page, answers, clock, reader
from bookings import services
from bookings.admin.deliveries import told
from bookings.admin.forms import CancelForm, RescheduleForm
from bookings.admin.search import SearchByPeople
from bookings.errors import BookingError
from bookings.models import Booking, BookingChange
from bookings.moves import PAST
from bookings.scheduling.slots import days_between
from bookings.states import Move
from wall_clock import zones
from wall_clock.zones import when

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[BookingChange, Booking]
else:
    TabularInline = admin.TabularInline

# Each confirmation waits for Zoom, and the user waits for the page.
MOST_AT_ONCE = 25
MOST_WAITED_FOR = 3
MOVES = (Move.CONFIRM, Move.RESCHEDULE, Move.CANCEL, Move.COMPLETE)
# Marks a request from a booking's page, and leads back there.
BACK = "back"
PEOPLE = tuple(
    f"{person}__{name}" for person in ("student", "teacher") for name in ("email", "first_name", "last_name")
)


class WhenFilter(admin.SimpleListFilter):
    """Bookings by start, relative to now."""

    title = gettext_lazy("start")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("upcoming", _("Upcoming")), ("today", _("Today")), ("past", _("Past"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the chosen bookings; all of them by default."""
        now = timezone.now()
        if self.value() == "upcoming":
            return queryset.filter(start_time__gte=now)
        if self.value() == "past":
            return queryset.filter(start_time__lt=now)
        return queryset.filter(**_today(now)) if self.value() == "today" else queryset


def _today(now: dt.datetime) -> dict[str, dt.datetime]:
    """Return the reader's day, computed here because the database may have other time zone rules."""
    zone = zones.active()
    day = days_between(today := now.astimezone(zone).date(), today, zone)
    assert day is not None
    return {"start_time__gte": day.start, "start_time__lt": day.end}


class ChangeInline(ByRole, TabularInline):
    """The booking's history."""

    model = BookingChange
    teachers_may = ("view",)
    verbose_name_plural = gettext_lazy("history")
    made, starts = clock("at"), clock("to_start")
    # The previous row shows the state before.
    fields = readonly_fields = ("made", "move", "who", "to_status", "starts", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingChange]:
        """Return the changes with their authors."""
        return super().get_queryset(request).select_related("by")

    @admin.display(description=gettext_lazy("by"))
    def who(self, change: BookingChange) -> str:
        return str(change.by or _("The system"))


@admin.register(Booking)
class BookingAdmin(SearchByPeople):
    """Bookings: nothing is edited, everything happens by moves. They run outside the admin's transactions."""

    teachers_may = ("view",)
    starts, ends = clock("start_time"), clock("end_time")
    actions = tuple(move.value for move in MOVES)
    list_display = ("starts", "duration", "student", "teacher", "status", "meeting")
    list_filter = ("status", WhenFilter)
    list_select_related = ("student", "teacher")
    search_fields, people = PEOPLE, ("student", "teacher")
    ordering = ("-start_time", "id")
    list_per_page = MOST_AT_ONCE
    inlines = (ChangeInline,)
    # Without the passcode: others may see the screen.
    fieldsets = (
        (None, {"fields": ("status", "starts", "ends", "duration", "student_name", "teacher_name")}),
        (gettext_lazy("Notes"), {"fields": ("notes", "cancellation_reason")}),
        ("Zoom", {"fields": ("meeting", "zoom_meeting_id", "join_link", "zoom_host", "to_do")}),
    )
    readonly_fields = ("starts", "ends", "duration", "student_name", "teacher_name", "meeting", "join_link", "to_do")

    def own(self, rows: Any, teacher: User) -> Any:
        """Return bookings to which the teacher is a party."""
        return rows.visible_to(teacher)

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Reject lookups that would let a reader guess the passcode."""
        return not lookup.startswith("zoom_password") and super().lookup_allowed(lookup, value, request)

    # --- Shown ---

    @admin.display(description=gettext_lazy("minutes"))
    def duration(self, booking: Booking) -> int:
        return booking.duration_minutes

    @admin.display(description=gettext_lazy("student"))
    def student_name(self, booking: Booking) -> str:
        """Return the name without Django's link: teachers may not open accounts."""
        return str(booking.student)

    @admin.display(description=gettext_lazy("teacher"))
    def teacher_name(self, booking: Booking) -> str:
        """Return the name without a link, too."""
        return str(booking.teacher)

    @admin.display(description=gettext_lazy("meeting"))
    def meeting(self, booking: Booking) -> str:
        """Return "Yes" or "-": the red cross of a boolean would look like an error."""
        return _("Yes") if booking.has_meeting else "-"

    @admin.display(description=gettext_lazy("join link"))
    def join_link(self, booking: Booking) -> str:
        """Return the join link, if any. Its address may contain the passcode, so the text does not show it."""
        if not booking.has_meeting:
            return "-"
        return format_html('<a href="{}" target="_blank" rel="noreferrer">{}</a>', booking.zoom_join_url, _("Join"))

    @admin.display(description=gettext_lazy("still to do"))
    def to_do(self, booking: Booking) -> str:
        """Return what the outbox still has to do for the booking."""
        event = booking.meeting_syncs.open().with_state(timezone.now()).first()
        return told(event) if event else _("Nothing")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Render the booking's page, with a button for each move that is allowed now."""
        booking, now = context["original"], timezone.now()
        context["moves"] = [move for move in MOVES if booking.allows(move, by=reader(request), now=now)]
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Moved ---

    @admin.action(description=Move.CONFIRM.label)
    def confirm(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Confirm the chosen bookings; many of them are confirmed after the response."""
        chosen = self._chosen(request, queryset)
        if len(chosen) <= MOST_WAITED_FOR:
            return self._move(request, chosen, Move.CONFIRM, services.confirm_booking)
        services.confirm_later(booking_ids=[booking.id for booking in chosen], by=reader(request))
        sentence = ngettext(
            "%(number)d bookings are being confirmed. Reload this page in a moment to see how that went.",
            "%(number)d bookings are being confirmed. Reload this page in a moment to see how that went.",
            len(chosen),
        )
        self.message_user(request, sentence % {"number": len(chosen)})
        return None

    @admin.action(description=Move.RESCHEDULE.label)
    def reschedule(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Reschedule one session, after asking for the new time."""
        chosen = self._chosen(request, queryset, most=1)
        if not chosen:
            return None
        form = RescheduleForm.of(chosen[0], answers(request))
        if form.is_valid():
            try:
                booking = services.reschedule_booking(
                    booking_id=chosen[0].id, by=reader(request), now=timezone.now(), **form.cleaned_data
                )
            except BookingError as error:
                form.add_error(None, error.sentence)
            else:
                moved = {"booking": chosen[0], "when": when(booking.start_time)}
                self.message_user(request, _("%(booking)s: moved to %(when)s.") % moved)
                return _back(request, chosen)
        return self._ask(request, chosen, Move.RESCHEDULE, form)

    @admin.action(description=Move.CANCEL.label)
    def cancel(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Cancel sessions, after asking for the reason."""
        chosen = self._chosen(request, queryset)
        form = CancelForm(answers(request))
        if chosen and not form.is_valid():
            return self._ask(request, chosen, Move.CANCEL, form)
        reason = form.data.get("reason", "")
        return self._move(request, chosen, Move.CANCEL, services.cancel_booking, reason=reason)

    @admin.action(description=Move.COMPLETE.label)
    def complete(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Complete the sessions: they took place."""
        return self._move(request, self._chosen(request, queryset), Move.COMPLETE, services.complete_booking)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Booking], *, most: int = MOST_AT_ONCE) -> list[Booking]:
        """Return the bookings to move; none, with a message, if the selection is invalid."""
        chosen = list(queryset[: most + 1])
        if 1 <= len(chosen) <= most:
            return chosen
        sentence = ngettext(
            "Choose one booking of this list. Nothing was changed.",
            "Choose 1 to %(most)d bookings of this list. Nothing was changed.",
            most,
        )
        self.message_user(request, sentence % {"most": most}, messages.WARNING)
        return []

    def _move(
        self, request: HttpRequest, chosen: list[Booking], move: Move, service: Callable[..., Booking], **more: Any
    ) -> HttpResponse | None:
        """Make the move for each booking in turn, and report each result."""
        for booking in chosen:
            try:
                service(booking_id=booking.id, by=reader(request), now=timezone.now(), **more)
            except BookingError as error:
                self.message_user(request, f"{booking}: {error.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{booking}: {PAST[move]}.", messages.SUCCESS)
        return _back(request, chosen)

    def _ask(self, request: HttpRequest, chosen: list[Booking], move: Move, form: Form) -> HttpResponse:
        """Show the page between selection and move; it posts both to the list again."""
        return action_page(
            self,
            request,
            "admin/bookings/booking/move.html",
            title=ngettext("%(move)s booking", "%(move)s %(number)d bookings", len(chosen))
            % {"move": move.label, "number": len(chosen)},
            action=move.value,
            chosen=chosen,
            form=form,
            move=move,
            is_from_booking=BACK in request.POST,
        )


def _back(request: HttpRequest, chosen: list[Booking]) -> HttpResponse | None:
    """Redirect to the booking's page if the request came from there; None leads to the list."""
    is_from_booking = BACK in request.POST and len(chosen) == 1
    return redirect("admin:bookings_booking_change", chosen[0].id) if is_from_booking else None
