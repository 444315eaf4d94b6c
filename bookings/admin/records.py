"""What is only read: feedback, and what Zoom has still to be told."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User
from backoffice.model_admin import RoleAdmin, clock
from bookings.admin.deliveries import state_words, told
from bookings.admin.views import BACK, MOST_AT_ONCE
from bookings.meetings import delivery
from bookings.models import Feedback, MeetingSync
from bookings.querysets import MeetingSyncQuerySet
from outbox.states import State


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


class StateFilter(admin.SimpleListFilter):
    """Events by how they stand; at first those that are open."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What there is to choose, beside the open ones."""
        return [*State.choices, ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The same, where Django would begin with all."""
        first, *others = super().choices(changelist)
        return iter([{**first, "display": "Open"}, *others])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The events chosen; the open ones for anything else."""
        if self.value() in State.values:
            return queryset.filter(state_now=self.value())
        return queryset if self.value() == "all" else queryset.filter(done_at=None)


TECHNICAL = (
    *("last_error", "created", "due", "stopped", "done"),
    *("refusals", "version", "fence", "leased", "asked"),
)


class Retry(TextChoices):
    """What can be done with an event, as the buttons of its page have it."""

    RETRY = "retry", "Try again now"


@admin.register(MeetingSync)
class MeetingSyncAdmin(RoleAdmin):
    """Where Zoom and the bookings may disagree, for superusers to look at."""

    change_form_template = "admin/bookings/booking/change_form.html"
    created, asked, leased = clock("created_at"), clock("create_sent_at"), clock("leased_until")
    due, done, stopped = clock("due_at"), clock("done_at"), clock("stopped_at")
    list_display = ("booking", "state", "attempts", "reason")
    list_filter = (StateFilter,)
    actions = (Retry.RETRY.value,)
    list_per_page = MOST_AT_ONCE
    list_select_related = ("booking__student", "booking__teacher")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("state", "meaning", "booking", "attempts")}),
        ("Technical", {"classes": ("collapse",), "fields": TECHNICAL}),
    )
    readonly_fields = ("state", "meaning", "created", "due", "stopped", "done", "leased", "asked")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The events, each with how it stands now."""
        syncs: MeetingSyncQuerySet = super().get_queryset(request)  # type: ignore[assignment]  # Django's is any
        return syncs.with_state(timezone.now())

    @admin.display(ordering="state_now")
    def state(self, event: MeetingSync) -> str:
        """How it stands."""
        return state_words(event)

    @admin.display
    def meaning(self, event: MeetingSync) -> str:
        """What that means, and what happens next."""
        return told(event)

    @admin.display(ordering="last_error")
    def reason(self, event: MeetingSync) -> str:
        """What came of the last attempt, where it failed."""
        return event.last_error or "-"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The event's page, with a button for as long as there is something to do."""
        context["moves"] = Retry if context["original"].done_at is None else []
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description="Try the selected ones again now", permissions=["view"])
    def retry(self, request: HttpRequest, events: QuerySet[MeetingSync]) -> HttpResponse | None:
        """Delivers each at once, also what has stopped, and tells what came of it."""
        for event in (chosen := list(events.select_related(*self.list_select_related))):
            level, sentence = self._retried(event)
            self.message_user(request, f"{event.booking}: {sentence}", level)
        return redirect("admin:bookings_meetingsync_change", chosen[0].pk) if BACK in request.POST and chosen else None

    def _retried(self, event: MeetingSync) -> tuple[int, str]:
        if event.done_at is not None:
            return messages.INFO, "there is nothing to do, Zoom agrees."
        if delivery.retry(event, now=timezone.now()):
            return messages.SUCCESS, "Zoom agrees now."
        event.refresh_from_db()
        return messages.WARNING, event.last_error or "to be looked at again later."
