"""Admin of an outbox: its rows by state, for superusers."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from backoffice.model_admin import RoleAdmin, clock
from outbox import clock as outbox_clock
from outbox.states import State
from wall_clock.zones import when


class StateFilter(admin.SimpleListFilter):
    """Rows by state; open ones by default."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices besides the default."""
        return [*State.choices, ("all", pgettext("rows", "All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return the choices, without Django's "All" as default."""
        first, *others = super().choices(changelist)
        return iter([{**first, "display": pgettext("rows", "Open")}, *others])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows in the chosen state; open ones by default."""
        if self.value() in State.values:
            return queryset.filter(state_now=self.value())
        return queryset if self.value() == "all" else queryset.filter(done_at=None)


class OutboxAdmin(RoleAdmin):
    """Read-only rows that can be retried."""

    created, due, done, stopped = clock("created_at"), clock("due_at"), clock("done_at"), clock("stopped_at")
    list_filter: ClassVar[Any] = (StateFilter,)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows, each annotated with its current state."""
        rows: Any = super().get_queryset(request)
        found: QuerySet[Any] = rows.with_state(timezone.now())
        return found

    @admin.display(description=gettext_lazy("state"), ordering="state_now")
    def state(self, row: Any) -> str:
        if row.state_now == State.WAITING:
            return _("Waits until %(when)s") % {"when": when(row.due_at)}
        return str(State(row.state_now).label)

    @admin.action(description=gettext_lazy("Try the selected ones again now"), permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Have the next round retry them, stopped ones too."""
        rows: Any = self.model._default_manager.filter(pk__in=queryset.values("pk")).open()
        number = self.try_again(rows)
        self.message_user(request, _("Tried again in a moment: %(number)d.") % {"number": number}, messages.SUCCESS)
        return None

    def try_again(self, rows: Any) -> int:
        """Make the rows due; return how many there were."""
        number: int = rows.retry(outbox_clock.shared(timezone.now()))
        return number
