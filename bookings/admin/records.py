"""Read-only records: feedback, and pending syncs with Zoom."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from backoffice.model_admin import clock
from bookings.admin.deliveries import told
from bookings.admin.search import SearchByPeople
from bookings.admin.views import BACK, MOST_AT_ONCE
from bookings.meetings import delivery
from bookings.models import Feedback, MeetingSync
from outbox.admin import OutboxAdmin


@admin.register(Feedback)
class FeedbackAdmin(SearchByPeople):
    """Feedback of students, read-only."""

    teachers_may = ("view",)
    created = clock("created_at")
    list_display = ("created", "rating", "student", "teacher", "comment")
    list_filter = ("rating",)
    list_select_related = ("booking__student", "booking__teacher")
    search_fields = tuple(
        f"booking__{person}__{name}"
        for person in ("student", "teacher")
        for name in ("email", "first_name", "last_name")
    )
    people = ("booking__student", "booking__teacher")
    fields = ("student", "teacher", "booking", "rating", "comment", "created")
    readonly_fields = ("student", "teacher", "created")

    def own(self, rows: Any, teacher: User) -> Any:
        """Feedback on their own sessions."""
        return rows.visible_to(teacher)

    @admin.display(description=gettext_lazy("student"), ordering="booking__student__last_name")
    def student(self, feedback: Feedback) -> User:
        return feedback.booking.student

    @admin.display(description=gettext_lazy("teacher"), ordering="booking__teacher__last_name")
    def teacher(self, feedback: Feedback) -> User:
        return feedback.booking.teacher


TECHNICAL = (
    *("last_error", "created", "due", "stopped", "done"),
    *("refusals", "version", "fence", "leased", "asked"),
)


class Retry(TextChoices):
    """The button of a sync's page."""

    RETRY = "retry", gettext_lazy("Try again now")


@admin.register(MeetingSync)
class MeetingSyncAdmin(OutboxAdmin):
    """Where Zoom and the bookings may disagree, for superusers to look at."""

    change_form_template = "admin/bookings/booking/change_form.html"
    asked, leased = clock("create_sent_at"), clock("leased_until")
    list_display = ("booking", "state", "attempts", "reason")
    actions = (Retry.RETRY.value,)
    list_per_page = MOST_AT_ONCE
    list_select_related = ("booking__student", "booking__teacher")
    fieldsets = (
        (None, {"fields": ("state", "meaning", "booking", "attempts")}),
        (gettext_lazy("Technical"), {"classes": ("collapse",), "fields": TECHNICAL}),
    )
    readonly_fields = ("state", "meaning", "created", "due", "stopped", "done", "leased", "asked")

    @admin.display(description=gettext_lazy("meaning"))
    def meaning(self, event: MeetingSync) -> str:
        """Return what the state means, and what happens next."""
        return told(event)

    @admin.display(description=gettext_lazy("reason"), ordering="last_error")
    def reason(self, event: MeetingSync) -> str:
        """Return the error of the last attempt, if it failed."""
        return event.failure or "-"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Render the sync's page, with a button while it is open."""
        context["moves"] = Retry if context["original"].done_at is None else []
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=gettext_lazy("Try the selected ones again now"), permissions=["view"])
    def retry(self, request: HttpRequest, events: QuerySet[MeetingSync]) -> HttpResponse | None:
        """Deliver each at once, stopped ones too, and report the results."""
        for event in (chosen := list(events.select_related(*self.list_select_related))):
            level, sentence = self._retried(event)
            self.message_user(request, f"{event.booking}: {sentence}", level)
        return redirect("admin:bookings_meetingsync_change", chosen[0].pk) if BACK in request.POST and chosen else None

    def _retried(self, event: MeetingSync) -> tuple[int, str]:
        if event.done_at is not None:
            return messages.INFO, _("there is nothing to do, Zoom agrees.")
        if delivery.retry(event, now=timezone.now()):
            return messages.SUCCESS, _("Zoom agrees now.")
        event.refresh_from_db()
        return messages.WARNING, event.failure or _("it will be checked again later.")
