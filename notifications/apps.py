from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from bookings.signals import booking_moved
        from notifications.delivery import MailCourier
        from notifications.writing import announce_zoom_problems, write_messages
        from outbox import dispatch, loop

        booking_moved.connect(write_messages, dispatch_uid="notifications.write_messages")
        dispatch.register(MailCourier())
        loop.register(announce_zoom_problems)
