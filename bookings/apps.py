from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"
    # In the admin, above the bookings.
    verbose_name = "Tutoring"

    def ready(self) -> None:
        from bookings import checks  # noqa: F401  # registers itself
        from bookings.meetings.delivery import MeetingCourier
        from outbox import dispatch

        dispatch.register(MeetingCourier())
