"""The addresses of calendars, under /api/."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from calendars.api.views import AddressView, CalendarFileView, FeedView, OtherCalendarViewSet

router = SimpleRouter(use_regex_path=False)
router.register("accounts/me/calendars", OtherCalendarViewSet, basename="other-calendar")

urlpatterns = [
    path("accounts/me/calendar/", AddressView.as_view(), name="calendar-address"),
    path("calendars/<str:secret>.ics", FeedView.as_view(), name="calendar-feed"),
    path("bookings/bookings/<uuid:pk>/calendar.ics", CalendarFileView.as_view(), name="booking-calendar"),
    path("", include(router.urls)),
]
