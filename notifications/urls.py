"""The addresses of mail and calendar files, under /api/."""

from django.urls import path

from notifications.api.views import CalendarFileView, MailPreferencesView, UnsubscribeView

urlpatterns = [
    path("notifications/preferences/", MailPreferencesView.as_view(), name="mail-preferences"),
    path("notifications/unsubscribe/<str:token>/", UnsubscribeView.as_view(), name="unsubscribe"),
    path("bookings/bookings/<uuid:pk>/calendar.ics", CalendarFileView.as_view(), name="booking-calendar"),
]
