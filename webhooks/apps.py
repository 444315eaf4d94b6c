from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from bookings.signals import booking_moved
        from outbox import dispatch
        from webhooks.delivery import WebhookCourier
        from webhooks.writing import write_deliveries

        booking_moved.connect(write_deliveries, dispatch_uid="webhooks.write_deliveries")
        dispatch.register(WebhookCourier())
