"""Teachers' other calendars, for superusers: their state, without their secrets."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from backoffice.model_admin import clock
from calendars.models import OtherCalendar
from outbox.admin import OutboxAdmin, StateFilter


@admin.register(OtherCalendar)
class OtherCalendarAdmin(OutboxAdmin):
    """Read-only: teachers keep them by themselves. Addresses are secrets, and passwords too."""

    fetched, failing = clock("fetched_at"), clock("failing_since")
    list_display = ("teacher", "host", "kind", "state", "fetched", "failing", "last_error")
    list_filter = (StateFilter, "kind")
    list_select_related = ("teacher",)
    search_fields = ("teacher__email", "teacher__first_name", "teacher__last_name")
    actions = ("retry",)
    fields = readonly_fields = (
        *("teacher", "kind", "host", "state", "attempts", "last_error", "ignored_events"),
        *("created", "due", "fetched", "failing"),
    )

    @admin.display(description=gettext_lazy("host"))
    def host(self, calendar: OtherCalendar) -> str:
        return calendar.host
