"""What is only read: feedback, and what Zoom has still to be told."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import RoleAdmin, clock
from accounts.models import User
from bookings import outbox
from bookings.admin.views import MOST_AT_ONCE
from bookings.models import Feedback, OutboxEvent


@admin.register(Feedback)
class FeedbackAdmin(RoleAdmin):
    """What students say of their sessions; nobody rewrites it."""

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
    fields = ("student", "teacher", "booking", "rating", "comment", "created")
    readonly_fields = ("student", "teacher", "created")

    def own(self, rows: Any, teacher: User) -> Any:
        """Feedback on their own sessions."""
        return rows.visible_to(teacher)

    @admin.display(ordering="booking__student__last_name")
    def student(self, feedback: Feedback) -> User:
        """Who says it."""
        return feedback.booking.student

    @admin.display(ordering="booking__teacher__last_name")
    def teacher(self, feedback: Feedback) -> User:
        """Of whose session."""
        return feedback.booking.teacher


@admin.register(OutboxEvent)
class OutboxEventAdmin(RoleAdmin):
    """Where Zoom and the bookings may disagree, for superusers to look at."""

    due, done, stopped = clock("due_at"), clock("done_at"), clock("stopped_at")
    list_display = ("booking", "due", "attempts", "last_error", "stopped", "done")
    list_filter = (("done_at", admin.EmptyFieldListFilter), ("stopped_at", admin.EmptyFieldListFilter), "due_at")
    actions = ("retry",)
    list_per_page = MOST_AT_ONCE
    list_select_related = ("booking__student", "booking__teacher")
    ordering = ("-id",)

    @admin.action(description="Try the selected ones again now", permissions=["view"])
    def retry(self, request: HttpRequest, events: QuerySet[OutboxEvent]) -> None:
        """Delivers each at once, also what has stopped, and tells what came of it."""
        for event in events.filter(done_at=None):
            if outbox.retry(event, now=timezone.now()):
                self.message_user(request, f"{event.booking}: Zoom agrees now.", messages.SUCCESS)
            else:
                event.refresh_from_db()
                sentence = event.last_error or "to be looked at again later."
                self.message_user(request, f"{event.booking}: {sentence}", messages.WARNING)
