"""The addresses of mail, under /api/."""

from django.urls import path

from notifications.api.views import BouncesView, MailPreferencesView, UnsubscribeView

urlpatterns = [
    path("notifications/preferences/", MailPreferencesView.as_view(), name="mail-preferences"),
    path("notifications/bounces/", BouncesView.as_view(), name="mail-bounces"),
    path("notifications/unsubscribe/<str:token>/", UnsubscribeView.as_view(), name="unsubscribe"),
]
