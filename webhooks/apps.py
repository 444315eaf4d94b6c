from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        from bookings.models import new_changes
        from bookings.signals import booking_moved
        from outbox import dispatch
        from webhooks.delivery import WebhookCourier
        from webhooks.writing import ACTIVE, active_endpoints, write_deliveries

        new_changes.read_along(ACTIVE, active_endpoints())
        booking_moved.connect(write_deliveries, dispatch_uid="webhooks.write_deliveries")
        dispatch.register(WebhookCourier())
