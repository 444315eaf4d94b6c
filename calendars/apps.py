from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        from calendars.reading import CalendarCourier
        from outbox import dispatch

        dispatch.register(CalendarCourier())
