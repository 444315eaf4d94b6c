"""The addresses of mail, under /api/."""

from django.urls import path

from notifications.api.views import MailPreferencesView, UnsubscribeView

urlpatterns = [
    path("notifications/preferences/", MailPreferencesView.as_view(), name="mail-preferences"),
    path("notifications/unsubscribe/<str:token>/", UnsubscribeView.as_view(), name="unsubscribe"),
]
