from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingsConfig(AppConfig):
    name = "bookings"
    # In the admin, above the bookings.
    verbose_name = _("Tutoring")

    def ready(self) -> None:
        from accounts import zoom_hosts
        from bookings import checks  # noqa: F401  # registers itself
        from bookings.meetings import reconciliation
        from bookings.meetings.delivery import MeetingCourier
        from outbox import dispatch

        dispatch.register(MeetingCourier())
        zoom_hosts.register(reconciliation.host_problem)
