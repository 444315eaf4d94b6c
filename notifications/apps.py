from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from bookings.signals import booking_moving
        from notifications.delivery import MailCourier
        from notifications.writing import announce_zoom_problems, messages_of_move
        from outbox import dispatch, loop

        booking_moving.connect(messages_of_move, dispatch_uid="notifications.messages_of_move")
        dispatch.register(MailCourier())
        loop.register(announce_zoom_problems)
