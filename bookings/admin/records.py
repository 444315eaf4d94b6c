"""What is only read: feedback, and what Zoom has still to be told."""

from typing import Any

from django.contrib import admin

from accounts.admin import RoleAdmin, clock
from accounts.models import User
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

    due, done = clock("due_at"), clock("done_at")
    list_display = ("booking", "due", "attempts", "last_error", "done")
    list_filter = (("done_at", admin.EmptyFieldListFilter),)
    list_select_related = ("booking__student", "booking__teacher")
    ordering = ("-id",)
