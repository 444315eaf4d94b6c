"""Endpoints and the log of what was posted to them, for superusers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.model_admin import RoleAdmin, clock
from outbox import clock as outbox_clock
from outbox.admin import OutboxAdmin, StateFilter
from webhooks.models import Delivery, Endpoint
from webhooks.writing import replay, write_test


@admin.register(Endpoint)
class EndpointAdmin(RoleAdmin):
    """Endpoints. They are not deleted, because the log refers to them: deactivate them."""

    superusers_may = ("view", "add", "change")
    created, former = clock("created_at"), clock("former_until")
    list_display = ("url", "is_active", "disabled_reason", "created")
    actions = ("send_test", "replay", "rotate")
    fieldsets = (
        (None, {"fields": ("url", "is_active", "disabled_reason", "created")}),
        (gettext_lazy("Signing"), {"classes": ("collapse",), "fields": ("secret", "former")}),
    )
    add_fieldsets = ((None, {"fields": ("url", "is_active")}),)
    readonly_fields = ("disabled_reason", "created", "secret", "former")

    def get_fieldsets(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        """Show the secret once it exists: it is created with the endpoint."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's
        """Save it; activating clears the disabled mark."""
        if obj.is_active:
            obj.disabled_reason = ""
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Send a test event"), permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Write a test delivery for each; the next round posts it."""
        for endpoint in queryset:
            delivery = write_test(endpoint, now=timezone.now())
            sent = {"endpoint": endpoint, "message": delivery.webhook_id}
            self.message_user(request, _("%(endpoint)s: %(message)s is sent in a moment; see Deliveries.") % sent)

    @admin.action(description=gettext_lazy("Replay the last day"), permissions=["change"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Post deliveries of the last 24 hours again, under the same ids."""
        for endpoint in queryset:
            number = replay(endpoint, now=timezone.now())
            sentence = ngettext(
                "%(endpoint)s: %(number)d messages are sent again.",
                "%(endpoint)s: %(number)d messages are sent again.",
                number,
            )
            self.message_user(request, sentence % {"endpoint": endpoint, "number": number}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Rotate the secret"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        """Give each a new secret."""
        for endpoint in queryset:
            endpoint.rotate(timezone.now())
            sentence = _("%(endpoint)s: its page has a new secret; the former one signs too for 24 hours.")
            self.message_user(request, sentence % {"endpoint": endpoint})


@admin.register(Delivery)
class DeliveryAdmin(OutboxAdmin):
    """The log of deliveries, posted and open."""

    list_display = ("created", "endpoint", "event_type", "state", "attempts", "last_status", "last_error")
    list_filter = (StateFilter, "endpoint", "event_type")
    list_select_related = ("endpoint",)
    actions = ("retry",)
    fields = readonly_fields = (
        *("webhook_id", "endpoint", "event_type", "booking", "state", "attempts", "last_status", "last_error"),
        *("created", "due", "done", "stopped"),
    )

    @admin.display(description=gettext_lazy("webhook id"))
    def webhook_id(self, delivery: Delivery) -> str:
        return delivery.webhook_id

    @admin.display(description=gettext_lazy("booking"))
    def booking(self, delivery: Delivery) -> str:
        """What it is about."""
        return str(delivery.change.booking) if delivery.change else "-"

    def try_again(self, rows: Any) -> int:
        """Retry each for three more days."""
        number: int = rows.replay(outbox_clock.shared(timezone.now()))
        return number
