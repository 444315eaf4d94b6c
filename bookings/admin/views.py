"""Bookings in the admin: read, and moved along by the very services that the API calls."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin import ByRole, RoleAdmin, reader
from accounts.models import User
from bookings import outbox, services
from bookings.admin.forms import CancelForm, RescheduleForm
from bookings.errors import BookingError
from bookings.models import Booking, BookingChange
from bookings.states import Move

if TYPE_CHECKING:
    TabularInline = admin.TabularInline[BookingChange, Booking]
else:
    TabularInline = admin.TabularInline

# Each may wait for Zoom, and somebody waits for the page.
MOST_AT_ONCE = 25
PEOPLE = tuple(
    f"{person}__{name}" for person in ("student", "teacher") for name in ("email", "first_name", "last_name")
)


class WhenFilter(admin.SimpleListFilter):
    """Bookings by where their start lies from now."""

    title = "start"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What there is to choose."""
        return [("upcoming", "Upcoming"), ("today", "Today"), ("past", "Past")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The bookings chosen; all of them for anything else. Today is by the reader's clock."""
        now = timezone.now()
        chosen = {
            "upcoming": {"start_time__gte": now},
            "today": {"start_time__date": timezone.localdate(now)},
            "past": {"start_time__lt": now},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


class ChangeInline(ByRole, TabularInline):
    """The booking's history."""

    model = BookingChange
    teachers_may = ("view",)
    verbose_name_plural = "history"
    fields = readonly_fields = ("at", "move", "who", "from_status", "to_status", "from_start", "to_start", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingChange]:
        """The changes with whoever made them."""
        return super().get_queryset(request).select_related("by")

    @admin.display(description="by")
    def who(self, change: BookingChange) -> str:
        """Who made the change."""
        return str(change.by or "The system")


@admin.register(Booking)
class BookingAdmin(RoleAdmin):
    """Bookings: nothing is typed in, everything happens by moves. They run outside of any transaction of the admin."""

    teachers_may = ("view",)
    actions = tuple(move.value for move in (Move.CONFIRM, Move.RESCHEDULE, Move.CANCEL, Move.COMPLETE))
    list_display = ("start_time", "duration", "student", "teacher", "status", "meeting")
    list_filter = ("status", WhenFilter)
    list_select_related = ("student", "teacher")
    search_fields = PEOPLE
    date_hierarchy = "start_time"
    ordering = ("-start_time", "id")
    inlines = (ChangeInline,)
    # The passcode is for the two people in the session, and this page may be read over a shoulder.
    fieldsets = (
        (None, {"fields": ("status", "start_time", "end_time", "duration", "student_name", "teacher_name")}),
        ("Words", {"fields": ("notes", "cancellation_reason")}),
        ("Zoom", {"fields": ("meeting", "zoom_meeting_id", "join_link", "zoom_host", "to_do")}),
    )
    readonly_fields = ("duration", "student_name", "teacher_name", "meeting", "join_link", "to_do")

    def own(self, rows: QuerySet[Any], teacher: User) -> QuerySet[Any]:
        """Bookings to which they are a party."""
        return rows & Booking.objects.visible_to(teacher)

    # --- Shown ---

    @admin.display(description="minutes")
    def duration(self, booking: Booking) -> int:
        """How long the session is."""
        return booking.duration_minutes

    @admin.display(description="student")
    def student_name(self, booking: Booking) -> str:
        """The student, without the link that Django would set to an account that teachers may not open."""
        return str(booking.student)

    @admin.display(description="teacher")
    def teacher_name(self, booking: Booking) -> str:
        """The teacher, likewise."""
        return str(booking.teacher)

    @admin.display(boolean=True, description="has meeting")
    def meeting(self, booking: Booking) -> bool:
        """Whether there is a meeting to join."""
        return booking.has_meeting

    @admin.display
    def join_link(self, booking: Booking) -> str:
        """The meeting's address, as long as there is a meeting."""
        if not booking.has_meeting:
            return "-"
        return format_html('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>', booking.zoom_join_url)

    @admin.display(description="still to do")
    def to_do(self, booking: Booking) -> str:
        """What the outbox has open for the booking."""
        event = booking.outbox_events.filter(done_at=None).first()
        if event is None:
            return "Nothing"
        return f"Zoom is asked again at {_when(event.due_at)}. {event.last_error}"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The booking's page, with a button for each move that is possible now."""
        booking, now = context["original"], timezone.now()
        context["moves"] = [
            Move(name) for name in self.actions if booking.allows(Move(name), by=reader(request), now=now)
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Moved ---

    @admin.action(description="Confirm")
    def confirm(self, request: HttpRequest, bookings: QuerySet[Booking]) -> HttpResponse | None:
        """Confirms each: a Zoom meeting is made."""

        def confirm(booking_id: uuid.UUID) -> Booking:
            return outbox.confirm_booking(booking_id=booking_id, by=reader(request), now=timezone.now())

        return self._move_each(request, bookings, Move.CONFIRM, confirm)
