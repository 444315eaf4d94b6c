"""The addresses of calendars, under /api/."""

from django.urls import path

from calendars.api.views import AddressView, CalendarFileView, FeedView

urlpatterns = [
    path("accounts/me/calendar/", AddressView.as_view(), name="calendar-address"),
    path("calendars/<str:secret>.ics", FeedView.as_view(), name="calendar-feed"),
    path("bookings/bookings/<uuid:pk>/calendar.ics", CalendarFileView.as_view(), name="booking-calendar"),
]
